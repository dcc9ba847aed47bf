/** How containers ended: the exit files that conmon writes, and what the cgroup tells of an out-of-memory kill. */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ignoring } from '#base';
import { oomKillCount } from '#system';
import type { ContainerExit } from '../contract.ts';
import { BundleFile, type RuntimeLayout } from './layout.ts';
import type { ContainerRecord } from './record.ts';

function wasOomKilled(record: ContainerRecord): boolean {
  return oomKillCount(record.cgroupsPath) > 0 || existsSync(join(record.bundleDir, BundleFile.OOM));
}

/** The recorded end of a container; undefined while there is none. */
export function readExit(layout: RuntimeLayout, record: ContainerRecord): ContainerExit | undefined {
  const path = join(layout.exits, record.id);
  const text = ignoring('ENOENT', () => readFileSync(path, 'utf8'));
  if (text === undefined || text.trim() === '') return undefined;
  const finishedAtMs = Math.round(statSync(path).mtimeMs);
  return { id: record.id, exitCode: Number(text), oomKilled: wasOomKilled(record), finishedAtMs };
}

/** Records an end that conmon could not record. */
export function writeExit(layout: RuntimeLayout, id: string, exitCode: number): void {
  writeFileSync(join(layout.exits, id), String(exitCode), { mode: 0o600 });
}

export function removeExit(layout: RuntimeLayout, id: string): void {
  rmSync(join(layout.exits, id), { force: true });
}
