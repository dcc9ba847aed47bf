import { isStatusError } from '#kube/api';
import type { Storage } from '#kube/storage';
import type { ListAnswer } from '../answer.ts';
import type { CachedEntry } from '../store/mod.ts';
import { type DeleteOptions, deleteOptions, removeWith } from './delete.ts';
import { list } from './list.ts';
import type { Target } from './target.ts';

/** Objects of a collection that are deleted at the same time. */
const WORKERS = 16;

/** Deletes every object of a view, one by one as upstream: DELETE on a collection. Answers the list of what was there. */
export async function removeCollection(target: Target, storage: Storage): Promise<ListAnswer> {
  const options = await deleteOptions(target);
  const found = await list(target, storage);
  const waiting = [...found.entries];
  await Promise.all(Array.from({ length: Math.min(WORKERS, waiting.length) }, () => work(target, waiting, options)));
  return found;
}

async function work(target: Target, waiting: CachedEntry[], options: DeleteOptions): Promise<void> {
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    target.request.signal.throwIfAborted();
    const { name = '', namespace = '' } = entry.object.metadata;
    try {
      await removeWith({ ...target, name, namespace }, options);
    } catch (error) {
      if (isStatusError(error, 'NotFound')) continue;
      // The answer is this error: nobody goes on deleting behind it.
      waiting.length = 0;
      throw error;
    }
  }
}
