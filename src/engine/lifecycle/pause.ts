import { HakoError } from '#base';
import type { EngineContext } from '../context.ts';
import type { Entry } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';

/** Freezes every process of a running container; the caller holds its lock. */
export async function pauseContainer(
  context: EngineContext,
  entry: Entry,
  options: { forCommit?: boolean } = {},
): Promise<void> {
  const { name, id } = entry.record;
  if (entry.state.status === 'paused') throw new HakoError('conflict', `container ${name} is already paused`);
  if (entry.state.status !== 'running')
    throw new HakoError('conflict', `container ${name} is not running: start it first`);
  // First: who finds it frozen after a crash must know whether a user wants that.
  context.store.saveState(entry, { pausedForCommit: options.forCommit === true });
  await context.runtime.pause(id);
  entry.healthMonitor?.pause();
  context.store.noteState(entry, { status: 'paused' });
  context.events.publish('container', 'pause', id, eventAttributes(entry.record));
}

/** Thaws a paused container; the caller holds its lock. */
export async function unpauseContainer(context: EngineContext, entry: Entry): Promise<void> {
  const { name, id } = entry.record;
  if (entry.state.status !== 'paused') throw new HakoError('conflict', `container ${name} is not paused`);
  await context.runtime.resume(id);
  context.store.noteState(entry, { status: 'running' });
  entry.healthMonitor?.resume();
  context.events.publish('container', 'unpause', id, eventAttributes(entry.record));
}
