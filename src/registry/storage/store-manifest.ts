import { writeFile } from 'node:fs/promises';
import { type Digest, failpoint } from '#base';
import type { ContentStore } from '#images/content';
import { transaction } from '#state';
import type { NewManifest } from '../contract.ts';
import { RegistryError } from '../errors.ts';
import type { StorageParts } from './content-storage.ts';

/**
 * Stores a manifest and points tags at it, all or nothing. One that `isFetched` may come before what it names: a cache fetches that
 * when somebody asks for it. Throws MANIFEST_BLOB_UNKNOWN, SIZE_INVALID, DENIED.
 */
export async function storeManifest(
  parts: StorageParts,
  repository: string,
  manifest: NewManifest,
  { tags, isFetched }: { tags: readonly string[]; isFetched: boolean },
): Promise<void> {
  const { content, keeper, meter, manifests } = parts;
  const { digest, bytes } = manifest;
  if (!isFetched) checkNamed(parts, repository, manifest);
  if (manifests.find(repository, digest) === undefined) meter.check(repository, bytes.length);
  using lease = content.lease();
  lease.hold(digest);
  keeper.keep(digest);
  try {
    await storeBytes(content, digest, bytes);
    failpoint('registry.manifest-stored');
    record(parts, repository, manifest, { tags, isFetched });
  } catch (error) {
    lease[Symbol.dispose]();
    if (!meter.isHeld(digest)) keeper.release(digest);
    throw error;
  }
  meter.changed(repository);
}

/** Looks again in the transaction: something may have been deleted while the bytes went to the disk. */
function record(
  parts: StorageParts,
  repository: string,
  manifest: NewManifest,
  { tags, isFetched }: { tags: readonly string[]; isFetched: boolean },
): void {
  const { database, names, manifests, clock } = parts;
  transaction(database, () => {
    if (!isFetched) checkNamed(parts, repository, manifest);
    names.addRepository(repository);
    manifests.add(repository, manifest, clock.nowMs(), isFetched);
    for (const tag of tags) names.setTag(repository, tag, manifest.digest);
  });
}

/**
 * Every blob that is named must be there, and be as long as the manifest says. An index may lack some of its manifests (a "sparse"
 * index: its other platforms are nobody's concern here); those that are there must be as long as it says.
 */
function checkNamed(parts: StorageParts, repository: string, { blobs, manifests }: NewManifest): void {
  for (const { digest, sizeBytes } of blobs) {
    const found = parts.blobs.sizeOf(repository, digest);
    if (found === undefined) throw unknownBlob(digest);
    checkSize(digest, sizeBytes, found);
  }
  for (const { digest, sizeBytes } of manifests) {
    const found = parts.manifests.find(repository, digest);
    if (found !== undefined) checkSize(digest, sizeBytes, found.sizeBytes);
  }
}

function unknownBlob(digest: Digest): RegistryError {
  const message = `the manifest names ${digest}, which the repository lacks`;
  return new RegistryError('MANIFEST_BLOB_UNKNOWN', message, { detail: { digest } });
}

function checkSize(digest: Digest, claimedBytes: number, sizeBytes: number): void {
  if (sizeBytes === claimedBytes) return;
  throw new RegistryError('SIZE_INVALID', `${digest} has ${sizeBytes} bytes, the manifest says ${claimedBytes}`, {
    detail: { digest, sizeBytes },
  });
}

/** A manifest of either algorithm, durable. */
async function storeBytes(content: ContentStore, digest: Digest, bytes: Buffer): Promise<void> {
  if (content.has(digest)) return;
  const path = content.temporaryPath();
  await writeFile(path, bytes, { mode: 0o600, flush: true });
  content.adopt(path, digest);
}
