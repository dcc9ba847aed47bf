import type { EngineContext } from '../context.ts';
import type { Entry } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';
import { startContainer } from './start.ts';
import { type StopOptions, stopContainer } from './stop.ts';

/** `docker restart`: stop, then start; works on a stopped container too. */
export async function restartContainer(context: EngineContext, entry: Entry, options: StopOptions): Promise<void> {
  const removesItself = entry.record.hostConfig.AutoRemove === true;
  // The end of this run must not take the container away under the start that follows.
  if (removesItself) setAutoRemove(entry, false);
  try {
    await stopContainer(context, entry, options);
    await context.locks.run(entry.record.id, () => startContainer(context, entry, 'user'));
  } finally {
    if (removesItself) setAutoRemove(entry, true);
  }
  context.events.publish('container', 'restart', entry.record.id, eventAttributes(entry.record));
}

/** In memory only: after a crash the row still says what the user asked for. */
function setAutoRemove(entry: Entry, AutoRemove: boolean): void {
  entry.record = { ...entry.record, hostConfig: { ...entry.record.hostConfig, AutoRemove } };
}
