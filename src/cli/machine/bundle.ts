import { spawnSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ignoring } from '#base';
import { CliError } from '../errors.ts';
import { packageDir } from '../version.ts';

type ServerModule = typeof import('#server');

/** The server's code: bundled where there is a bundle that is as new as the sources, else module by module. */
export async function loadServer(): Promise<ServerModule> {
  buildWhereMissing();
  const path = join(packageDir, 'bundle/server.js');
  if (!isCurrent(path)) return import('#server');
  return (await import(pathToFileURL(path).href)) as ServerModule;
}

/** A checkout that was installed without development dependencies (by the first `hako run`) lacks what is made with them. */
function buildWhereMissing(): void {
  const isCheckout = existsSync(join(packageDir, 'package-lock.json'));
  if (!isCheckout || existsSync(join(packageDir, 'src/kube/api/schema/generated/structure.json'))) return;
  process.stderr.write(`hako: first use of the API server: fetching what it is built with (npm ci in ${packageDir})\n`);
  const options = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', options, { cwd: packageDir, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new CliError(`npm ci failed: run it in ${packageDir} and see what it says`, { exitCode: 1 });
}

/** In a checkout sources change; in a published package nothing does. Looking at some hundred files takes 10 ms. */
function isCurrent(bundle: string): boolean {
  const made = ignoring('ENOENT', () => statSync(bundle).mtimeMs);
  if (made === undefined) return false;
  return globSync(['src/kube/**/*.ts', 'src/server/**/*.ts', 'src/base/*.ts', 'src/state/*.ts'], {
    cwd: packageDir,
  }).every((file) => statSync(join(packageDir, file)).mtimeMs <= made);
}
