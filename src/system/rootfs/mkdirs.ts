import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import { HakoError, ignoring } from '#base';
import type { DirectoryAttributes } from '../openat2.ts';
import { fromText, toPath, toText } from './bytes.ts';

/** `mkdir -p` in the worker's root; only what it makes gets these attributes. Throws `invalid` where a file is in the way. */
export function mkdirs(path: string, { mode, uid, gid }: DirectoryAttributes): void {
  const names = fromText(path).split('/').filter(Boolean);
  for (let depth = 1; depth <= names.length; depth++) {
    const prefix = `/${names.slice(0, depth).join('/')}`;
    const stat = ignoring('ENOENT', () => statSync(toPath(prefix)));
    if (stat?.isDirectory()) continue;
    if (stat !== undefined) throw new HakoError('invalid', `${toText(prefix)} in the container is not a folder`);
    mkdirSync(toPath(prefix), { mode: 0o700 });
    chownSync(toPath(prefix), uid, gid);
    chmodSync(toPath(prefix), mode);
  }
}
