import { type Digest, digestHex, shortId } from '#base';
import type { Lease } from '../../content/mod.ts';
import type { ImageProgress } from '../../contract.ts';
import { chainIdOf } from '../../layout/layers.ts';
import type { ImageStore } from '../../store.ts';
import type { Descriptor } from '../../unpack/spec.ts';
import type { RemoteContext } from '../context.ts';
import type { Repository } from '../registry/repository.ts';
import { downloadBlob } from '../transfer/download.ts';

/** A layer that is to become part of an image. */
interface WantedLayer {
  blob: Descriptor;
  diffId: Digest;
  parent: Digest | undefined;
  chainId: Digest;
  /** What progress calls it. */
  id: string;
}

export interface LayerJob {
  store: ImageStore;
  context: RemoteContext;
  repository: Repository;
  lease: Lease;
  onProgress: (progress: ImageProgress) => void;
  signal: AbortSignal;
}

/** Brings all layers into the store: downloads run at once, each layer is unpacked as soon as it and those below it are there. */
export async function bringLayers(
  job: Omit<LayerJob, 'signal'> & { signal: AbortSignal | undefined },
  blobs: readonly Descriptor[],
  diffIds: readonly Digest[],
): Promise<void> {
  const layers = wantedLayers(blobs, diffIds);
  for (const { blob, chainId } of layers) {
    job.lease.hold(blob.digest);
    job.lease.hold(chainId);
  }
  // The first failure ends all others, and nobody writes any more when this returns.
  const failure = new AbortController();
  const signal = job.signal === undefined ? failure.signal : AbortSignal.any([job.signal, failure.signal]);
  const inner: LayerJob = { ...job, signal };
  const fail = (error: unknown): never => {
    failure.abort(error);
    throw error;
  };
  for (const layer of layers) job.onProgress({ id: layer.id, status: firstStatus(job.store, layer) });
  const downloads = layers.map((layer) => download(inner, layer).catch(fail));
  const results = await Promise.allSettled([...downloads, unpackAll(inner, layers, downloads).catch(fail)]);
  const firstError: unknown = failure.signal.aborted ? failure.signal.reason : undefined;
  if (results.some(({ status }) => status === 'rejected')) throw firstError;
}

function wantedLayers(blobs: readonly Descriptor[], diffIds: readonly Digest[]): WantedLayer[] {
  let parent: Digest | undefined;
  return blobs.map((blob, index) => {
    const diffId = diffIds[index] ?? blob.digest;
    const layer = { blob, diffId, parent, chainId: chainIdOf(parent, diffId), id: shortId(digestHex(blob.digest)) };
    parent = layer.chainId;
    return layer;
  });
}

function isThere({ content, layers }: ImageStore, { blob, chainId }: WantedLayer): boolean {
  return content.has(blob.digest) && layers.find(chainId) !== undefined;
}

function firstStatus(store: ImageStore, layer: WantedLayer): string {
  return isThere(store, layer) ? 'Already exists' : 'Pulling fs layer';
}

async function download(job: LayerJob, { blob, id }: WantedLayer): Promise<void> {
  const { store, context, repository, onProgress, signal } = job;
  if (store.content.has(blob.digest)) return;
  const { digest, size } = blob;
  const listener = {
    onBytes: (bytes: number) => onProgress({ id, status: 'Downloading', currentBytes: bytes, totalBytes: size }),
    onComplete: () => onProgress({ id, status: 'Verifying Checksum' }),
  };
  const work = () => {
    const start = async (all: typeof listener, shared: AbortSignal) => {
      using _connections = repository.hold();
      await downloadBlob(repository, store.content, { digest, size }, { ...all, signal: shared });
    };
    return context.downloads.fetch(digest, start, listener, signal);
  };
  onProgress({ id, status: 'Waiting' });
  await context.downloadSlots.run(signal, work);
  onProgress({ id, status: 'Download complete' });
}

/** A layer needs those below it, so the order is theirs. */
async function unpackAll(
  { store, lease, onProgress, signal }: LayerJob,
  layers: readonly WantedLayer[],
  downloads: readonly Promise<void>[],
): Promise<void> {
  for (const [index, layer] of layers.entries()) {
    await downloads[index];
    if (isThere(store, layer)) continue;
    const { blob, diffId, parent, id } = layer;
    onProgress({ id, status: 'Extracting', currentBytes: 0, totalBytes: blob.size });
    await store.unpacker.fromBlob(blob.digest, diffId, parent, lease, signal);
    onProgress({ id, status: 'Extracting', currentBytes: blob.size, totalBytes: blob.size });
    onProgress({ id, status: 'Pull complete' });
  }
}
