import { HakoError, shortId } from '#base';
import type { TerminalSize } from '#runtime';
import { cgroupPathOf } from '#system';
import type { EngineContext } from '../context.ts';
import type { ContainerStats } from '../contract.ts';
import { readStats } from '../stats/mod.ts';
import { type Entry, isRunning } from '../store/entry.ts';
import { listProcesses } from '../top/mod.ts';

function requireRunning(entry: Entry): void {
  if (isRunning(entry)) return;
  const { id, name } = entry.record;
  throw new HakoError('conflict', `container ${shortId(id)} (${name}) is not running: start it first`);
}

/** Changes the terminal's size. */
export function resizeContainer(context: EngineContext, entry: Entry, size: TerminalSize): void {
  requireRunning(entry);
  context.runtime.resize(entry.record.id, size);
}

/** Counters of this moment. */
export async function containerStats(context: EngineContext, entry: Entry): Promise<ContainerStats> {
  requireRunning(entry);
  const pid = entry.record.hostConfig.NetworkMode === 'host' ? undefined : entry.state.pid;
  return readStats({ pid, cgroupPath: cgroupOf(context, entry), nowMs: context.clock.nowMs() });
}

/** The processes in the container, as ps(1) shows them. */
export async function containerTop(context: EngineContext, entry: Entry, psArgs: string) {
  requireRunning(entry);
  return listProcesses({ cgroupPath: cgroupOf(context, entry), psArgs });
}

/** The cgroup of a container, below the hierarchies' roots. */
export function cgroupOf(context: EngineContext, entry: Entry): string {
  return cgroupPathOf(entry.record.hostConfig.CgroupParent || context.settings.cgroupParent, entry.record.id);
}
