import { type Digest, failpoint, HakoError } from '#base';
import { transaction } from '#state';
import type { Image, RemovedImage } from './contract.ts';
import type { Resolved } from './layout/resolve.ts';
import { familiarName, formatReference, parseReference, repositoryOf } from './reference.ts';
import { existing, type ImageStore } from './store.ts';

interface RemoveOptions {
  force?: boolean;
  platforms?: readonly string[];
}

/** Untags, and deletes what no name and no container uses. Docker's rules and words. */
export function removeImage(store: ImageStore, text: string, options: RemoveOptions): RemovedImage[] {
  const { platforms = [] } = options;
  // All of them are looked for before the first goes.
  const chosen = (platforms.length === 0 ? [undefined] : platforms).map((each) => store.resolver.resolve(text, each));
  // Two of them may mean the same one, as linux/arm64 and linux/arm64/v8 do.
  const different = new Map(chosen.map((resolved) => [resolved.id, resolved]));
  const removed = [...different.values()].flatMap((resolved) => removeOne(store, text, resolved, options));
  return [...removed, ...store.collector.collectLayers().chainIds.map((layer) => ({ layer }))];
}

function removeOne(store: ImageStore, text: string, resolved: Resolved, options: RemoveOptions): RemovedImage[] {
  const image = existing(store, resolved.id);
  const { name, digest } = resolved;
  if (name === undefined && digest === undefined) return removeById(store, image, options);
  const isOneOfSeveral = name !== undefined && options.platforms?.length && store.names.find(name).length > 1;
  if (isOneOfSeveral) return removePlatform(store, text, { id: image.id, name }, options);
  return removeByName(store, text, resolved, image, options);
}

/** Takes a name away from one of the images that it stands for. */
function removePlatform(
  store: ImageStore,
  text: string,
  { id, name }: { id: Digest; name: string },
  { force }: RemoveOptions,
): RemovedImage[] {
  const image = existing(store, id);
  const [user] = store.usedBy(id);
  if (isLastReference(image, { id, name }) && user !== undefined && !force)
    throw inUse(`unable to remove repository reference "${text}" (must force)`, user, id);
  const others = store.names.find(name).filter((named) => named.id !== id);
  const repository = repositoryOf(parseReference(name));
  transaction(store.database, () => {
    store.names.set(
      name,
      others.map((named) => named.id),
    );
    for (const digest of ownDigests(store, id, repository)) store.names.removeDigestOf(repository, digest, id);
  });
  const isFree = isUnnamed(store, id) && store.usedBy(id).length === 0;
  return [{ untagged: familiarName(name), id }, ...(isFree ? deleteImages(store, id) : [])];
}

function removeByName(
  store: ImageStore,
  text: string,
  resolved: Resolved,
  image: Image,
  options: RemoveOptions,
): RemovedImage[] {
  const isLast = isLastReference(image, resolved);
  const [user] = store.usedBy(image.id);
  if (isLast && user !== undefined && !options.force)
    throw inUse(`unable to remove repository reference "${text}" (must force)`, user, image.id);
  const untagged = untag(store, text, resolved);
  const ids = untagged.ids.filter((id) => isUnnamed(store, id) && store.usedBy(id).length === 0);
  const names = [untagged.name, ...untagged.digests];
  const taken = names.map((name) => ({ untagged: familiarName(name), id: image.id }));
  return [...taken, ...ids.flatMap((id) => deleteImages(store, id))];
}

function removeById(store: ImageStore, image: Image, options: RemoveOptions): RemovedImage[] {
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
  const { id } = image;
  const names = [...image.tags, ...image.repoDigests].map((name) => ({ untagged: familiarName(name), id }));
  return [...names, ...deleteImages(store, id)];
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
  const own = ownDigests(store, id, repository);
  for (const digest of own) store.names.removeDigest(repository, digest);
  return own.map((digest) => `${repository}@${digest}`);
}

/** The digests by which only a repository knows an image that has no tag there. */
function ownDigests(store: ImageStore, id: Digest, repository: string): Digest[] {
  const { tags, repoDigests } = existing(store, id);
  if (tags.some((tag) => repositoryOf(parseReference(tag)) === repository)) return [];
  const own = repoDigests.filter((each) => each.startsWith(`${repository}@`));
  return own.map((each) => each.slice(repository.length + 1) as Digest);
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
