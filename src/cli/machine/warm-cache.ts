/**
 * Stripping the types of the daemon's code costs it some 35 MB and 150 ms, unless the compile cache has the result
 * already. So that no daemon carries that memory around for weeks, whoever starts one fills the cache first.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { errnoCode, ignoring } from '#base';
import { packageDir } from '../version.ts';
import { hasBundle } from './bundle.ts';

/** Loads the daemon's code into this process and keeps it compiled, unless that was done since the code changed. */
export async function warmCompileCache(): Promise<void> {
  const dir = getCompileCacheDir();
  if (dir === undefined || !import.meta.filename.endsWith('.ts') || hasBundle('daemon')) return;
  const marker = join(dir, 'daemon-is-warm');
  const state = codeState();
  if (ignoring('ENOENT', () => readFileSync(marker, 'utf8')) === state) return;
  await import('#daemon');
  flushCompileCache();
  try {
    writeFileSync(marker, state);
  } catch (error) {
    // A cache that can't be written costs time at the next start, no more.
    if (errnoCode(error) === undefined) throw error;
  }
}

/** Changes whenever a file of the sources does. */
function codeState(): string {
  const src = join(packageDir, 'src');
  const files = readdirSync(src, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const newestMs = Math.max(...files.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
  return `${packageDir} ${files.length} ${newestMs}\n`;
}
