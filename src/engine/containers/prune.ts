import { isHakoError } from '#base';
import type { EngineContext } from '../context.ts';
import { removeReferenced } from '../lifecycle/remove.ts';
import type { Entry } from '../store/entry.ts';
import { containerSize } from './size.ts';

/** Removes the stopped containers that `filter` names, and tells what that freed. */
export async function pruneContainers(
  context: EngineContext,
  filter: (entry: Entry) => boolean,
): Promise<{ removed: string[]; reclaimedBytes: number }> {
  const idle = context.store
    .all()
    .filter((entry) => ['created', 'exited', 'dead'].includes(entry.state.status) && filter(entry));
  const removed: string[] = [];
  let reclaimedBytes = 0;
  for (const entry of idle) {
    const freedBytes = await removeIfIdle(context, entry);
    if (freedBytes === undefined) continue;
    removed.push(entry.record.id);
    reclaimedBytes += freedBytes;
  }
  return { removed, reclaimedBytes };
}

/** The bytes that it held; undefined when somebody started or removed it in the meantime. */
async function removeIfIdle(context: EngineContext, entry: Entry): Promise<number | undefined> {
  try {
    const { writableBytes } = await containerSize(context, entry);
    await removeReferenced(context, entry, {});
    return writableBytes;
  } catch (error) {
    if (isHakoError(error, 'conflict') || isHakoError(error, 'not_found')) return undefined;
    throw error;
  }
}
