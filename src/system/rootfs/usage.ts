import { lstatSync, type Stats } from 'node:fs';
import { type ByteString, toPath } from './bytes.ts';
import type { Usage } from './contract.ts';
import { walk } from './pack/walk.ts';

const SECTOR_BYTES = 512;

/** Measures everything in the worker's root. */
export function usageOf(): Usage {
  const seen = new Set<string>();
  const usage = { bytes: 0, diskBytes: 0, entries: 0 };
  for (const { path, stat } of walk('/')) {
    usage.entries++;
    if (stat.nlink > 1 && !stat.isDirectory() && isKnown(path, seen)) continue;
    usage.bytes += sizeOf(stat);
    usage.diskBytes += stat.blocks * SECTOR_BYTES;
  }
  return usage;
}

function sizeOf(stat: Stats): number {
  return stat.isFile() || stat.isSymbolicLink() ? stat.size : 0;
}

function isKnown(path: ByteString, seen: Set<string>): boolean {
  const { dev, ino } = lstatSync(toPath(path), { bigint: true });
  const key = `${dev}:${ino}`;
  if (seen.has(key)) return true;
  seen.add(key);
  return false;
}
