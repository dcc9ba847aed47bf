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
    const { writableBytes } = await containerSize(context, entry);
    if (!(await removeIfIdle(context, entry))) continue;
    removed.push(entry.record.id);
    reclaimedBytes += writableBytes;
  }
  return { removed, reclaimedBytes };
}

/** Somebody may have started it in the meantime: then it stays. */
async function removeIfIdle(context: EngineContext, entry: Entry): Promise<boolean> {
  try {
    await removeReferenced(context, entry, {});
    return true;
  } catch (error) {
    if (isHakoError(error, 'conflict') || isHakoError(error, 'not_found')) return false;
    throw error;
  }
}
