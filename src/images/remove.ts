import { type Digest, failpoint, HakoError } from '#base';
import { transaction } from '#state';
import type { Image, RemovedImage } from './contract.ts';
import type { Resolved } from './layout/resolve.ts';
import { familiarName, formatReference, parseReference, repositoryOf } from './reference.ts';
import { existing, type ImageStore } from './store.ts';

/** Untags, and deletes what no name and no container uses. Docker's rules and words. */
export function removeImage(store: ImageStore, text: string, options: { force?: boolean }): RemovedImage[] {
  const resolved = store.resolver.resolve(text);
  const image = existing(store, resolved.id);
  const removed =
    resolved.name !== undefined || resolved.digest !== undefined
      ? removeByName(store, text, resolved, image, options)
      : removeById(store, image, options);
  return [...removed, ...store.collector.collectLayers().chainIds.map((layer) => ({ layer }))];
}

function removeByName(
  store: ImageStore,
  text: string,
  resolved: Resolved,
  image: Image,
  options: { force?: boolean },
): RemovedImage[] {
  const isLast = isLastReference(image, resolved);
  const [user] = store.usedBy(image.id);
  if (isLast && user !== undefined && !options.force)
    throw inUse(`unable to remove repository reference "${text}" (must force)`, user, image.id);
  const untagged = untag(store, text, resolved);
  const ids = untagged.ids.filter((id) => isUnnamed(store, id) && store.usedBy(id).length === 0);
  const names = [untagged.name, ...untagged.digests];
  return [...names.map((name) => ({ untagged: familiarName(name) })), ...ids.flatMap((id) => deleteImages(store, id))];
}

function removeById(store: ImageStore, image: Image, options: { force?: boolean }): RemovedImage[] {
  const repositories = new Set(image.tags.map((tag) => repositoryOf(parseReference(tag))));
  const short = image.id.slice('sha256:'.length, 'sha256:'.length + 12);
  if (repositories.size > 1 && !options.force) {
    throw new HakoError(
      'conflict',
      `unable to delete ${short} (must be forced) - image is referenced in multiple repositories`,
    );
  }
  const [user] = store.usedBy(image.id);
  if (user !== undefined && !options.force) throw inUse(`unable to delete ${short} (must be forced)`, user, image.id);
  const names = [...image.tags, ...image.repoDigests].map((name) => ({ untagged: familiarName(name) }));
  return [...names, ...deleteImages(store, image.id)];
}

function inUse(what: string, user: string, id: Digest): HakoError {
  const short = id.slice('sha256:'.length, 'sha256:'.length + 12);
  return new HakoError('conflict', `${what} - container ${user.slice(0, 12)} is using its referenced image ${short}`);
}

/** Digests of a repository hold an image only as long as one of its tags does. */
function isLastReference({ tags, repoDigests }: Image, { name }: Resolved): boolean {
  if (name === undefined) return tags.length + repoDigests.length <= 1;
  const repository = repositoryOf(parseReference(name));
  return tags.every((tag) => tag === name) && repoDigests.every((each) => each.startsWith(`${repository}@`));
}

/** Takes the name away from every platform's image that has it; with the last tag of a repository go its digests. */
function untag(
  store: ImageStore,
  text: string,
  { name, digest }: Resolved,
): { name: string; digests: string[]; ids: Digest[] } {
  if (name !== undefined) {
    const ids = store.names.find(name).map(({ id }) => id);
    store.names.remove(name);
    return { name, digests: [...new Set(ids.flatMap((id) => dropDigests(store, id, name)))], ids };
  }
  const reference = parseReference(text);
  const repository = repositoryOf(reference);
  if (digest === undefined) return { name: text, digests: [], ids: [] };
  const ids = store.names.findDigest(repository, digest).map(({ id }) => id);
  store.names.removeDigest(repository, digest);
  const { tag: _tag, ...untagged } = reference;
  return { name: formatReference(untagged), digests: [], ids };
}

/** Takes away the digests of the repository of `name`, unless the image has another tag there; answers them. */
function dropDigests(store: ImageStore, id: Digest, name: string): string[] {
  const repository = repositoryOf(parseReference(name));
  const { tags, repoDigests } = existing(store, id);
  if (tags.some((tag) => repositoryOf(parseReference(tag)) === repository)) return [];
  const own = repoDigests.filter((each) => each.startsWith(`${repository}@`));
  for (const each of own) store.names.removeDigest(repository, each.slice(repository.length + 1) as Digest);
  return own;
}

function isUnnamed(store: ImageStore, id: Digest): boolean {
  const image = store.images.find(id);
  return image !== undefined && image.tags.length === 0 && image.repoDigests.length === 0;
}

/** Deletes an image's row, then the blobs that were only its own. Layers are collected afterwards, in one go. */
export function deleteImages(store: ImageStore, id: Digest): RemovedImage[] {
  const blobs = store.images.blobsOf(id);
  transaction(store.database, () => store.images.delete(id));
  failpoint('images.image-deleted');
  store.collector.collectBlobs(blobs);
  return [{ deleted: id }];
}
