import { badRequest, notFound } from '#kube/api';
import { entryAnswer, type ObjectAnswer } from '../answer.ts';
import type { CachedEntry } from '../store/mod.ts';
import { resourceOf, type Target } from './target.ts';

/** Reads one object. Stays synchronous where nothing has to be waited for: this is the hottest path of all. */
export function get(target: Target): ObjectAnswer | Promise<ObjectAnswer> {
  const revision = target.request.query.get('resourceVersion') ?? '';
  if (revision !== '' && revision !== '0') return getNotOlder(target, revision);
  return getNewest(target);
}

function getNewest(target: Target): ObjectAnswer | Promise<ObjectAnswer> {
  const entry = target.store.get(target.store.key(target.namespace, target.name));
  return entry instanceof Promise ? entry.then((found) => answer(target, found)) : answer(target, entry);
}

function answer(target: Target, entry: CachedEntry | undefined): ObjectAnswer | Promise<ObjectAnswer> {
  if (entry === undefined) throw notFound(resourceOf(target), target.name);
  return entryAnswer(target.endpoint, entry);
}

/** What is read is never old, but a revision of the future has to be waited for. */
async function getNotOlder(target: Target, revision: string): Promise<ObjectAnswer> {
  if (!/^\d{1,15}$/.test(revision)) {
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(revision.slice(0, 64))}: must be a decimal number`,
    );
  }
  await target.store.cache.reach(Number(revision));
  return getNewest(target);
}
