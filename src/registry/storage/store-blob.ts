import { type Digest, failpoint } from '#base';
import type { Ingest } from '#images/content';
import type { StorageParts } from './content-storage.ts';

/** Makes what was written the blob `digest` of the repository. Throws `invalid`, and forgets the bytes, where it is another. */
export async function storeBlob(
  { content, keeper, blobs, meter, clock }: StorageParts,
  repository: string,
  digest: Digest,
  ingest: Ingest,
): Promise<void> {
  using lease = content.lease();
  lease.hold(digest);
  keeper.keep(digest);
  const sizeBytes = ingest.offset;
  try {
    await ingest.commit({ digest });
    failpoint('registry.blob-stored');
    blobs.add(repository, digest, sizeBytes, clock.nowMs());
  } catch (error) {
    lease[Symbol.dispose]();
    if (!meter.isHeld(digest)) keeper.release(digest);
    throw error;
  }
  meter.changed(repository);
}
