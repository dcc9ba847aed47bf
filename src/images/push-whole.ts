import type { Images } from './contract.ts';
import { normalizeTag, parseReference, repositoryOf } from './reference.ts';
import type { ImageStore } from './store.ts';
import { isOtherCompressor } from './unpack/layer-blobs.ts';
import { materialize } from './unpack/materialize.ts';

/**
 * Pushes; blobs that were let go are made again where the registry does not have them. Where one of them comes out different, the
 * images get other manifests, and those are pushed.
 */
export async function pushWhole(
  store: ImageStore,
  push: Images['push'],
  reference: string,
  options: Parameters<Images['push']>[1],
): Promise<void> {
  try {
    return await push(reference, options);
  } catch (error) {
    if (!isOtherCompressor(error)) throw error;
  }
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
