/** Reading the small files of cgroupfs. A cgroup may vanish at any moment: what is gone reads as undefined or empty. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ignoring } from '#base';

/** ENODEV: the cgroup was removed while its file was open. EOPNOTSUPP: the controller is off here. */
const GONE = ['ENOENT', 'ENODEV', 'EOPNOTSUPP', 'ENOTDIR'];

/** The text of `folder/name`, or undefined where it is gone or the host has no such controller. */
export function readText(folder: string | undefined, name: string): string | undefined {
  if (folder === undefined) return undefined;
  return ignoring(GONE, () => readFileSync(join(folder, name), 'utf8'));
}

/** A file that holds one number; `max` and what v1 writes for "unlimited" become Infinity. */
export function readNumber(folder: string | undefined, name: string): number | undefined {
  const text = readText(folder, name)?.trim();
  if (text === undefined || text === '') return undefined;
  const value = text === 'max' ? Number.POSITIVE_INFINITY : Number(text);
  return value >= 0x7fff_ffff_ffff_f000 ? Number.POSITIVE_INFINITY : value;
}

/** A file of `key value` lines. */
export function readKeyed(folder: string | undefined, name: string): Record<string, number> {
  const lines = (readText(folder, name) ?? '').split('\n').map((line) => line.split(' '));
  return Object.fromEntries(lines.filter((words) => words.length === 2).map(([key, value]) => [key, Number(value)]));
}
