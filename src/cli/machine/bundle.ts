import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ignoring } from '#base';
import { packageDir } from '../version.ts';

type ServerModule = typeof import('#server');

/** The server's code: bundled where there is a bundle that is as new as the sources, else module by module. */
export async function loadServer(): Promise<ServerModule> {
  const path = join(packageDir, 'bundle/server.js');
  if (!isCurrent(path)) return import('#server');
  return (await import(pathToFileURL(path).href)) as ServerModule;
}

/** In a checkout sources change; in a published package nothing does. Looking at some hundred files takes 10 ms. */
function isCurrent(bundle: string): boolean {
  const made = ignoring('ENOENT', () => statSync(bundle).mtimeMs);
  if (made === undefined) return false;
  return globSync(['src/kube/**/*.ts', 'src/server/**/*.ts', 'src/base/*.ts', 'src/state/*.ts'], {
    cwd: packageDir,
  }).every((file) => statSync(join(packageDir, file)).mtimeMs <= made);
}
