import type { Images } from './contract.ts';
import { normalizeTag, parseReference, repositoryOf } from './reference.ts';
import type { ImageStore } from './store.ts';
import { materialize } from './unpack/materialize.ts';

/** Pushes with all blobs of the images at hand: those that were let go are made again first, and stay until the end. */
export async function pushWhole(
  store: ImageStore,
  push: Images['push'],
  reference: string,
  options: Parameters<Images['push']>[1],
): Promise<void> {
  using lease = store.content.lease();
  for (const id of imagesToPush(store, reference, options.allTags === true))
    await materialize(store, id, lease, options.signal);
  await push(reference, options);
}

/** None where the reference is wrong: push says so in docker's words. */
function imagesToPush(store: ImageStore, reference: string, allTags: boolean) {
  const parsed = parseReference(reference);
  if (parsed.digest !== undefined) return [];
  if (!allTags) return store.names.find(normalizeTag(reference)).map(({ id }) => id);
  const isOwn = (tag: string) => repositoryOf(parseReference(tag)) === repositoryOf(parsed);
  return store.images.all().flatMap(({ id, tags }) => (tags.some(isOwn) ? [id] : []));
}
