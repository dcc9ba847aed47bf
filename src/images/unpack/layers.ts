import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Readable } from 'node:stream';
import { type Digest, failpoint, HakoError, isHakoError, KeyedLock } from '#base';
import { type Commands, callWorker, type LayerFacts, type UnpackLimits } from '#system/rootfs';
import type { ContentStore, Lease } from '../content/mod.ts';
import { chainIdOf, type LayerTable } from '../layout/layers.ts';
import { Slots } from '../remote/transfer/slots.ts';
import type { LayerDirs } from '../snapshots/layer-dirs.ts';
import type { LayerBlobs } from './layer-blobs.ts';

/** A worker takes some 60 MB and one and a half processors. */
const PARALLEL_UNPACKS = Math.min(Math.max(availableParallelism() - 1, 2), 4);

export interface UnpackParts {
  content: ContentStore;
  layers: LayerTable;
  layerDirs: LayerDirs;
  blobs: LayerBlobs;
  limits: UnpackLimits;
}

/** A layer as it was put into the store. */
export interface StoredLayer {
  chainId: Digest;
  diffId: Digest;
  blob: { digest: Digest; size: number; compression: LayerFacts['compression'] };
}

/** A blob of the content store that is to become the layer `diffId` on `parent`. */
export interface LayerOrder {
  blob: Digest;
  diffId: Digest;
  parent: Digest | undefined;
}

/** An unpacked folder that is no layer yet. */
interface Unpacked {
  snapshot: string;
  facts: Commands['unpackLayer']['result'];
}

/** Turns layer tars into snapshots: verify, decompress, unpack in a worker, and only then make the layer known. */
export class LayerUnpacker {
  readonly #parts: UnpackParts;
  readonly #lock = new KeyedLock();
  readonly #slots = new Slots(PARALLEL_UNPACKS);

  constructor(parts: UnpackParts) {
    this.#parts = parts;
  }

  /** A tar that comes as a stream, maybe compressed: stored as a blob and unpacked in one pass. */
  async fromStream(
    tar: Readable,
    parent: Digest | undefined,
    lease: Lease,
    signal?: AbortSignal,
  ): Promise<StoredLayer> {
    const { content } = this.#parts;
    const blobPath = content.temporaryPath();
    try {
      const lowerDirs = this.#lowerDirs(parent);
      const options = { input: tar, ...(signal ? { signal } : {}) };
      const { snapshot, facts } = await this.#unpack({ blobPath, lowerDirs }, options);
      const stored = storedLayer(parent, facts);
      lease.hold(stored.blob.digest);
      await content.adoptLater(blobPath, stored.blob.digest);
      await this.#lock.run(stored.chainId, () => this.#commit(snapshot, parent, facts, lease));
      return stored;
    } finally {
      rmSync(blobPath, { force: true });
    }
  }

  /**
   * A blob of the content store becomes the layer `diffId` on `parent`, unless that exists already. Throws `invalid` where the
   * blob turns out to hold something else.
   */
  fromBlob(
    blob: Digest,
    diffId: Digest,
    parent: Digest | undefined,
    lease: Lease,
    signal?: AbortSignal,
  ): Promise<StoredLayer> {
    return this.ahead({ blob, diffId, parent }, Promise.resolve(), lease, signal);
  }

  /**
   * As `fromBlob`, but begins before `parent` is a layer: `below` resolves when it is. So all layers of an image are unpacked at once.
   */
  async ahead(order: LayerOrder, below: Promise<unknown>, lease: Lease, signal?: AbortSignal): Promise<StoredLayer> {
    const { blob, diffId, parent } = order;
    // Whoever waits for nothing else must not let a failure below go unheard.
    below.catch(() => undefined);
    const chainId = chainIdOf(parent, diffId);
    return await this.#lock.run(chainId, async () => {
      lease.hold(chainId);
      const { layers, blobs } = this.#parts;
      if (layers.find(chainId) !== undefined) return { chainId, diffId, blob: blobs.factsOf(blob) };
      const { snapshot, facts } = await this.#place(order, below, signal);
      this.#commit(snapshot, parent, facts, lease);
      const { blobBytes: size, compression } = facts;
      return { chainId, diffId, blob: { digest: blob, size, compression } };
    });
  }

  /** Unpacks, waits for the layers below, and does what had to wait for them. */
  async #place(order: LayerOrder, below: Promise<unknown>, signal?: AbortSignal): Promise<Unpacked> {
    const { layers, layerDirs } = this.#parts;
    const isAlone = order.parent !== undefined && layers.find(order.parent) === undefined;
    const unpacked = await this.#verified(order, isAlone ? undefined : this.#lowerDirs(order.parent), signal);
    const { implied } = unpacked.facts;
    try {
      await below;
      if (!isAlone || implied.length === 0) return unpacked;
      if (implied !== 'too many') {
        await this.#settle(unpacked.snapshot, { lowerDirs: this.#lowerDirs(order.parent), implied }, signal);
        return unpacked;
      }
    } catch (error) {
      layerDirs.remove(unpacked.snapshot);
      throw error;
    }
    layerDirs.remove(unpacked.snapshot);
    return this.#verified(order, this.#lowerDirs(order.parent), signal);
  }

  async #settle(
    snapshot: string,
    parameters: Commands['settleLayer']['parameters'],
    signal?: AbortSignal,
  ): Promise<void> {
    const confinement = { kind: 'directory', dir: this.#parts.layerDirs.pathOf(snapshot) } as const;
    await callWorker('settleLayer', confinement, parameters, signal ? { signal } : {});
  }

  async #verified(
    { blob, diffId }: LayerOrder,
    lowerDirs: string[] | undefined,
    signal?: AbortSignal,
  ): Promise<Unpacked> {
    const source = { inputPath: this.#parts.content.pathOf(blob), ...(lowerDirs === undefined ? {} : { lowerDirs }) };
    const unpacked = await this.#slots.run(signal, () => this.#unpack(source, signal ? { signal } : {}));
    const { facts, snapshot } = unpacked;
    if (facts.diffId === diffId && (!blob.startsWith('sha256:') || facts.blobDigest === blob)) return unpacked;
    this.#parts.layerDirs.remove(snapshot);
    throw new HakoError(
      'invalid',
      `layer ${blob} unpacks to ${facts.diffId}, but the image says ${diffId}: it is damaged or forged`,
    );
  }

  #lowerDirs(parent: Digest | undefined): string[] {
    const { layers, layerDirs } = this.#parts;
    return layers.chain(parent).map(({ snapshot }) => layerDirs.pathOf(snapshot));
  }

  async #unpack(
    source: Pick<Commands['unpackLayer']['parameters'], 'inputPath' | 'blobPath' | 'lowerDirs'>,
    options: { input?: Readable; signal?: AbortSignal },
  ): Promise<Unpacked> {
    const { layerDirs, limits } = this.#parts;
    const snapshot = layerDirs.create();
    try {
      const confinement = { kind: 'directory', dir: layerDirs.pathOf(snapshot) } as const;
      const facts = await callWorker('unpackLayer', confinement, { ...source, limits }, options);
      return { snapshot, facts };
    } catch (error) {
      layerDirs.remove(snapshot);
      throw withAdvice(error);
    }
  }

  /** The row makes the layer visible. Another import may have been faster: then this copy goes. */
  #commit(snapshot: string, parent: Digest | undefined, facts: LayerFacts, lease: Lease): void {
    const { layers, layerDirs } = this.#parts;
    const { chainId, diffId } = storedLayer(parent, facts);
    failpoint('images.layer-unpacked');
    lease.hold(chainId);
    if (layers.find(chainId) !== undefined) layerDirs.remove(snapshot);
    else layers.insert({ chainId, parent, diffId, snapshot, contentBytes: facts.contentBytes });
  }
}

function storedLayer(parent: Digest | undefined, facts: LayerFacts): StoredLayer {
  const diffId = facts.diffId as Digest;
  const blob = { digest: facts.blobDigest as Digest, size: facts.blobBytes, compression: facts.compression };
  return { chainId: chainIdOf(parent, diffId), diffId, blob };
}

function withAdvice(error: unknown): unknown {
  if (!isHakoError(error, 'exhausted')) return error;
  return new HakoError('exhausted', `cannot unpack the layer: ${error.message}`, { cause: error });
}
