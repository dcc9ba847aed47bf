import { HakoError } from '#base';
import { type ByteString, toText } from '../bytes.ts';
import type { Meter } from '../limits.ts';

/**
 * The path of an entry relative to the root, without a leading slash; '' is the root itself. The worker stays inside its root
 * whatever the name, so this only makes names canonical, and refuses what no honest archive has.
 */
export function cleanName(name: ByteString, meter: Meter): ByteString {
  const parts: ByteString[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined)
      throw new HakoError('invalid', `${JSON.stringify(toText(name))} leads out of the archive`);
  }
  meter.path(toText(name), parts.length);
  return parts.join('/');
}

/** A clean name in two: the folder ('' is the root) and the last component. */
export function splitName(name: ByteString): [parent: ByteString, base: ByteString] {
  const slash = name.lastIndexOf('/');
  return slash < 0 ? ['', name] : [name.slice(0, slash), name.slice(slash + 1)];
}
