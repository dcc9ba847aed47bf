/** The programs that are bundled (tools/bundle.ts): each is taken from its bundle where that is as new as the sources. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ignoring } from '#base';
import { CliError } from '../errors.ts';
import { packageDir } from '../version.ts';

type ServerModule = typeof import('#server');
const daemonModules = () => import('#daemon');

/** The server's code: bundled where the bundle was made of just these sources, else module by module. */
export async function loadServer(): Promise<ServerModule> {
  buildWhereMissing();
  if (!hasBundle('server')) return import('#server');
  return (await import(pathToFileURL(join(packageDir, 'bundle/server.js')).href)) as ServerModule;
}

/** The daemon's code, with its workers; bundled on the same condition. */
export async function loadDaemon(): Promise<Awaited<ReturnType<typeof daemonModules>>> {
  if (!hasBundle('daemon')) return daemonModules();
  return await import(pathToFileURL(join(packageDir, 'bundle/daemon.js')).href);
}

/** True where the bundle is taken. In a checkout sources change; in a published package nothing does. */
export function hasBundle(name: 'server' | 'daemon'): boolean {
  if (import.meta.filename.endsWith('.ts')) return isMadeOfPresent(packageDir, name);
  return existsSync(join(packageDir, `bundle/${name}.js`));
}

/**
 * True where every file below `root` that `bundle/NAME.js` was made of is still what it was then, and so is every file of the bundle: the
 * list beside the bundle tells size and time of each. Looking at 400 files takes 2 ms.
 */
export function isMadeOfPresent(root: string, name: string): boolean {
  const list = ignoring('ENOENT', () => readFileSync(join(root, `bundle/${name}.json`), 'utf8'));
  if (list === undefined || !existsSync(join(root, `bundle/${name}.js`))) return false;
  return Object.entries(JSON.parse(list) as Record<string, string>).every(([file, state]) => {
    const now = ignoring('ENOENT', () => statSync(join(root, file)));
    return now !== undefined && `${now.mtimeMs} ${now.size}` === state;
  });
}

/** A checkout that was installed without development dependencies (by the first `hako run`) lacks what is made with them. */
function buildWhereMissing(): void {
  const isCheckout = existsSync(join(packageDir, 'package-lock.json'));
  if (!isCheckout || existsSync(join(packageDir, 'src/kube/api/schema/generated/structure.json'))) return;
  process.stderr.write(
    `hako: first use of the API server: fetching what it is built with (npm install in ${packageDir})\n`,
  );
  // Not npm ci: that removes everything first, the Node of a daemon that runs as well.
  const options = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', options, { cwd: packageDir, stdio: ['ignore', 2, 2] });
  if (status !== 0)
    throw new CliError(`npm install failed: run it in ${packageDir} and see what it says`, { exitCode: 1 });
}
