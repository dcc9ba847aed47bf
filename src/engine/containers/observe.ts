import { HakoError, shortId } from '#base';
import type { TerminalSize } from '#runtime';
import { containerCgroup } from '#runtime';
import type { EngineContext } from '../context.ts';
import type { ContainerStats } from '../contract.ts';
import { readStats } from '../stats/mod.ts';
import { type Entry, isRunning } from '../store/entry.ts';
import { listProcesses } from '../top/mod.ts';

function requireRunning(entry: Entry): void {
  if (isRunning(entry)) return;
  throw new HakoError(
    'conflict',
    `container ${shortId(entry.record.id)} (${entry.record.name}) is not running: start it first`,
  );
}

export function resizeContainer(context: EngineContext, entry: Entry, size: TerminalSize): void {
  requireRunning(entry);
  context.runtime.resize(entry.record.id, size);
}
