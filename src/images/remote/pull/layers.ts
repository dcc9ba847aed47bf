import { type Digest, digestHex, shortId } from '#base';
import type { Lease } from '../../content/mod.ts';
import type { ImageProgress } from '../../contract.ts';
import { chainIdOf } from '../../layout/layers.ts';
import type { ImageStore } from '../../store.ts';
import { Arrival } from '../../unpack/arrival.ts';
import { unpackChain } from '../../unpack/chain.ts';
import { isOtherCompressor } from '../../unpack/layer-blobs.ts';
import type { Descriptor } from '../../unpack/spec.ts';
import type { RemoteContext } from '../context.ts';
import type { Repository } from '../registry/repository.ts';
import { downloadBlob, openDownload } from '../transfer/download.ts';

/** A layer that is to become part of an image. */
interface WantedLayer {
  blob: Descriptor;
  diffId: Digest;
  parent: Digest | undefined;
  chainId: Digest;
  /** What progress calls it. */
  id: string;
  /** Its blob, while it is fetched. */
  arrival: Arrival;
}

export interface LayerJob {
  store: ImageStore;
  context: RemoteContext;
  repository: Repository;
  lease: Lease;
  onProgress: (progress: ImageProgress) => void;
  signal: AbortSignal;
}

/** Brings all layers into the store: fetched several at once, and unpacked several at once, already while they are fetched. */
export async function bringLayers(
  job: Omit<LayerJob, 'signal'> & { signal: AbortSignal | undefined },
  blobs: readonly Descriptor[],
  diffIds: readonly Digest[],
): Promise<void> {
  const layers = wantedLayers(job.store, blobs, diffIds);
  for (const { blob, chainId } of layers) {
    job.lease.hold(blob.digest);
    job.lease.hold(chainId);
  }
  // The first failure ends all others, and nobody writes any more when this returns.
  const failure = new AbortController();
  const signal = job.signal === undefined ? failure.signal : AbortSignal.any([job.signal, failure.signal]);
  const inner: LayerJob = { ...job, signal };
  const missing = new Set(layers.filter((layer) => !isThere(job.store, layer)));
  for (const layer of layers)
    job.onProgress({ id: layer.id, status: missing.has(layer) ? 'Pulling fs layer' : 'Already exists' });
  const fetched = layers.map((layer) => layer.arrival.follow(missing.has(layer) ? bringBlob(inner, layer) : DONE));
  for (const each of fetched) each.catch((error: unknown) => failure.abort(error));
  try {
    await unpack(inner, layers, missing, fetched);
  } catch (error) {
    failure.abort(error);
    await Promise.allSettled(fetched);
    throw failure.signal.reason;
  }
}

async function unpack(
  { store, lease, onProgress, signal }: LayerJob,
  layers: readonly WantedLayer[],
  missing: ReadonlySet<WantedLayer>,
  fetched: readonly Promise<void>[],
): Promise<void> {
  const chain = layers.map(({ blob, diffId, arrival }, index) => {
    return { blob: blob.digest, diffId, arrival, ready: fetched[index] ?? DONE };
  });
  const tell = (index: number, share: 0 | 1) => {
    const layer = layers[index];
    if (layer === undefined || !missing.has(layer)) return;
    const { id, blob } = layer;
    onProgress({ id, status: 'Extracting', currentBytes: share * blob.size, totalBytes: blob.size });
    if (share === 1) onProgress({ id, status: 'Pull complete' });
  };
  await unpackChain(store.unpacker, chain, lease, {
    onStart: (index) => tell(index, 0),
    onDone: (index) => tell(index, 1),
    signal,
  });
}

const DONE = Promise.resolve();

function wantedLayers(
  { content }: ImageStore,
  blobs: readonly Descriptor[],
  diffIds: readonly Digest[],
): WantedLayer[] {
  let parent: Digest | undefined;
  return blobs.map((blob, index) => {
    const diffId = diffIds[index] ?? blob.digest;
    const chainId = chainIdOf(parent, diffId);
    const arrival = new Arrival(() => openDownload(content, blob.digest));
    const layer = { blob, diffId, parent, chainId, id: shortId(digestHex(blob.digest)), arrival };
    parent = chainId;
    return layer;
  });
}

/** The blob may have been let go, as long as it can be made again. */
function isThere({ blobs, layers }: ImageStore, { blob, chainId }: WantedLayer): boolean {
  return blobs.has(blob.digest) && layers.find(chainId) !== undefined;
}

/** Makes the blob be in the content store: it is there, or is made again from another image's layer, or is fetched. */
async function bringBlob(job: LayerJob, layer: WantedLayer): Promise<void> {
  const { store, lease, signal } = job;
  const { digest } = layer.blob;
  if (!store.blobs.has(digest)) return download(job, layer);
  try {
    await store.blobs.restore(digest, lease, signal);
  } catch (error) {
    if (!isOtherCompressor(error)) throw error;
    await download(job, layer);
  }
}

async function download(job: LayerJob, { blob, id, arrival }: WantedLayer): Promise<void> {
  const { store, context, repository, onProgress, signal } = job;
  const { digest, size } = blob;
  const listener = {
    onBytes: (bytes: number) => {
      arrival.grew(bytes);
      onProgress({ id, status: 'Downloading', currentBytes: bytes, totalBytes: size });
    },
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
