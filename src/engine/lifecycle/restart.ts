import type { EngineContext } from '../context.ts';
import type { Entry } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';
import { startContainer } from './start.ts';
import { type StopOptions, stopContainer } from './stop.ts';

/** `docker restart`: stop, then start; works on a stopped container too. */
export async function restartContainer(context: EngineContext, entry: Entry, options: StopOptions): Promise<void> {
  entry.restartsUnderWay++;
  try {
    await stopContainer(context, entry, options);
    await context.locks.run(entry.record.id, () => startContainer(context, entry, 'user'));
  } finally {
    entry.restartsUnderWay--;
  }
  context.events.publish('container', 'restart', entry.record.id, eventAttributes(entry.record));
}
