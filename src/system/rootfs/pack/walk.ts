import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { ignoring } from '#base';
import { type ByteString, toPath } from '../bytes.ts';

/** A file that was found, with its path relative to the folder where the walk began. */
export interface Found {
  name: ByteString;
  path: ByteString;
  stat: Stats;
}

/**
 * Everything below a folder, parents before children, names in byte order. Follows no link. What vanishes meanwhile is left
 * out. `enter` may keep the walk out of a folder.
 */
export function* walk(dir: ByteString, enter: (found: Found) => boolean = () => true): Generator<Found> {
  yield* walkInto(dir === '/' ? '' : dir, '', enter);
}

function* walkInto(base: ByteString, name: ByteString, enter: (found: Found) => boolean): Generator<Found> {
  const children = ignoring(['ENOENT', 'ENOTDIR'], () => {
    return readdirSync(toPath(`${base}/${name}`), { encoding: 'latin1' }).sort();
  });
  for (const child of children ?? []) {
    const childName = name === '' ? child : `${name}/${child}`;
    const path = `${base}/${childName}`;
    const stat = ignoring('ENOENT', () => lstatSync(toPath(path)));
    if (stat === undefined) continue;
    const found = { name: childName, path, stat };
    yield found;
    if (stat.isDirectory() && enter(found)) yield* walkInto(base, childName, enter);
  }
}
