import { type Digest, isHakoError } from '#base';
import type { SignatureFetchers } from '../../policy/mod.ts';
import { readBounded } from '../http/body.ts';
import { openBlob } from '../registry/blobs.ts';
import { fetchManifest } from '../registry/manifests.ts';
import { listReferrers } from '../registry/referrers.ts';
import type { Repository } from '../registry/repository.ts';

/** How the policy reaches the signatures that lie beside an image. */
export function signatureFetchers(repository: Repository, signal?: AbortSignal): SignatureFetchers {
  return {
    manifest: (reference) => manifestIfAny(repository, reference, signal),
    blob: (digest, maxBytes) => blobUpTo(repository, digest, maxBytes, signal),
    referrers: (digest) => listReferrers(repository, digest, signal ? { signal } : {}),
  };
}

async function manifestIfAny(repository: Repository, reference: string, signal?: AbortSignal) {
  try {
    return (await fetchManifest(repository, reference, signal)).bytes;
  } catch (error) {
    if (isHakoError(error, 'not_found')) return undefined;
    throw error;
  }
}

/** Whoever asks checks the digest. */
function blobUpTo(repository: Repository, digest: Digest, maxBytes: number, signal?: AbortSignal): Promise<Buffer> {
  return repository.with('pull', signal, async (client) => {
    const open = await openBlob(client, repository, digest, 0, signal);
    return open === undefined ? Buffer.alloc(0) : readBounded(open.answer, maxBytes, `blob ${digest}`);
  });
}
