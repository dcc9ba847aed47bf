import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { type ByteString, toPath } from '../bytes.ts';

/** Removes a file, or a folder with everything in it. Follows no link. */
export function removeTree(path: ByteString): void {
  if (lstatSync(toPath(path)).isDirectory()) {
    removeContents(path);
    rmdirSync(toPath(path));
  } else unlinkSync(toPath(path));
}

/** Empties a folder. */
export function removeContents(path: ByteString): void {
  for (const name of readdirSync(toPath(path), { encoding: 'latin1' }))
    removeTree(`${path === '/' ? '' : path}/${name}`);
}
