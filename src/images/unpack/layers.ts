import { closeSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Readable } from 'node:stream';
import { type Digest, errorMessage, failpoint, HakoError, isHakoError, KeyedLock, log } from '#base';
import {
  type Commands,
  type Confinement,
  callWorker,
  type LayerFacts,
  type LayerFile,
  LayerWorkers,
  type UnpackLimits,
} from '#system/rootfs';
import type { ContentStore, Lease } from '../content/mod.ts';
import { chainIdOf, type LayerTable } from '../layout/layers.ts';
import { Slots } from '../remote/transfer/slots.ts';
import type { LayerDirs } from '../snapshots/layer-dirs.ts';
import type { Arrival } from './arrival.ts';
import type { LayerBlobs } from './layer-blobs.ts';

/** A worker takes some 60 MB and one and a half processors. */
const PARALLEL_UNPACKS = Math.min(Math.max(availableParallelism() - 1, 2), 4);
/** One always works on what is whole: a slow network must not hold up what came faster. */
const PARALLEL_ARRIVALS = PARALLEL_UNPACKS - 1;

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
  /** What `along` made of it. */
  early?: EarlyLayer | undefined;
}

/** An unpacked folder that is no layer yet. */
interface Unpacked {
  snapshot: string;
  facts: Commands['unpackLayer']['result'];
  /** Made before the layers below were there. */
  isAlone: boolean;
}

/** Has a worker unpack a layer into a new folder. */
type UnpackWork = (
  confinement: Confinement,
  parameters: Pick<Commands['unpackLayer']['parameters'], 'lowerDirs' | 'limits'>,
) => Promise<Unpacked['facts']>;

/** A layer that was unpacked, and verified, before its blob was in the content store. It goes unless somebody takes it. */
export class EarlyLayer implements Disposable {
  readonly #layerDirs: LayerDirs;
  #unpacked: Unpacked | undefined;

  constructor(unpacked: Unpacked, layerDirs: LayerDirs) {
    this.#unpacked = unpacked;
    this.#layerDirs = layerDirs;
  }

  take(): Unpacked | undefined {
    const unpacked = this.#unpacked;
    this.#unpacked = undefined;
    return unpacked;
  }

  [Symbol.dispose](): void {
    const unpacked = this.take();
    if (unpacked !== undefined) this.#layerDirs.remove(unpacked.snapshot);
  }
}

/** Turns layer tars into snapshots: verify, decompress, unpack in a worker, and only then make the layer known. */
export class LayerUnpacker implements Disposable {
  readonly #parts: UnpackParts;
  readonly #workers = new LayerWorkers();
  readonly #lock = new KeyedLock();
  readonly #slots = new Slots(PARALLEL_UNPACKS);
  readonly #arrivalSlots = new Slots(PARALLEL_ARRIVALS);

  constructor(parts: UnpackParts) {
    this.#parts = parts;
  }

  [Symbol.dispose](): void {
    this.#workers[Symbol.dispose]();
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
      const { snapshot, facts } = await this.#unpackStream(tar, blobPath, this.#lowerDirs(parent), signal);
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
   * Unpacks a blob while it is being fetched. The result counts only in `ahead`, when the blob is whole and verified, and was compared
   * itself: the bytes that were unpacked are those of the blob. Undefined where it did not come to that; then all of it is still to do.
   */
  async along(order: LayerOrder, arrival: Arrival, signal: AbortSignal): Promise<EarlyLayer | undefined> {
    if (!(await arrival.begun)) return undefined;
    if (this.#parts.layers.find(chainIdOf(order.parent, order.diffId)) !== undefined) return undefined;
    const waiting = AbortSignal.any([arrival.over, signal]);
    const work = () => this.#slots.run(waiting, () => this.#readAlong(order, arrival, signal));
    try {
      return await this.#arrivalSlots.run(waiting, work);
    } catch (error) {
      signal.throwIfAborted();
      // Even where it is too much: these may not be the blob's bytes, and only who waits for its digest finds that out and forgets them.
      log.debug('a layer is unpacked when it is whole', { blob: order.blob, error: errorMessage(error) });
      return undefined;
    }
  }

  async #readAlong(order: LayerOrder, arrival: Arrival, signal: AbortSignal): Promise<EarlyLayer | undefined> {
    const joined = arrival.join();
    if (joined === undefined) return undefined;
    const { file, marks } = joined;
    try {
      // The file may get another name meanwhile.
      const path = `/proc/${process.pid}/fd/${file}`;
      const unpacked = await this.#unpackFile({ path, marks }, this.#knownBelow(order.parent), signal);
      return new EarlyLayer(this.#compared(order, unpacked), this.#parts.layerDirs);
    } finally {
      marks.destroy();
      closeSync(file);
    }
  }

  /**
   * As `fromBlob`, but begins before `parent` is a layer: `below` resolves when it is. So all layers of an image are unpacked at once.
   */
  async ahead(order: LayerOrder, below: Promise<unknown>, lease: Lease, signal?: AbortSignal): Promise<StoredLayer> {
    const { blob, diffId, parent, early } = order;
    // Whoever waits for nothing else must not let a failure below go unheard.
    below.catch(() => undefined);
    const chainId = chainIdOf(parent, diffId);
    return await this.#lock.run(chainId, async () => {
      lease.hold(chainId);
      const { layers, blobs } = this.#parts;
      if (layers.find(chainId) !== undefined) return { chainId, diffId, blob: blobs.factsOf(blob) };
      const unpacked = early?.take() ?? (await this.#verified(order, this.#knownBelow(parent), signal));
      const { snapshot, facts } = await this.#place(order, unpacked, below, signal);
      this.#commit(snapshot, parent, facts, lease);
      const { blobBytes: size, compression } = facts;
      return { chainId, diffId, blob: { digest: blob, size, compression } };
    });
  }

  /** Waits for the layers below, and does what had to wait for them. */
  async #place(
    order: LayerOrder,
    unpacked: Unpacked,
    below: Promise<unknown>,
    signal?: AbortSignal,
  ): Promise<Unpacked> {
    const { layerDirs } = this.#parts;
    const { implied } = unpacked.facts;
    try {
      await below;
      if (!unpacked.isAlone || implied.length === 0) return unpacked;
      if (implied !== 'too many') {
        const parameters = { lowerDirs: this.#lowerDirs(order.parent), implied };
        const work = () => this.#workers.settle(this.#confinementOf(unpacked.snapshot), parameters, signal);
        // Where somebody else unpacks a worker is there, and no other need be started.
        await this.#slots.run(signal, work);
        return unpacked;
      }
    } catch (error) {
      layerDirs.remove(unpacked.snapshot);
      throw error;
    }
    layerDirs.remove(unpacked.snapshot);
    return this.#verified(order, this.#lowerDirs(order.parent), signal);
  }

  async #verified(order: LayerOrder, lowerDirs: string[] | undefined, signal?: AbortSignal): Promise<Unpacked> {
    const file = { path: this.#parts.content.pathOf(order.blob) };
    const work = () => this.#unpackFile(file, lowerDirs, signal);
    return this.#compared(order, await this.#slots.run(signal, work));
  }

  /** The same, where it came from the blob that was ordered and has what was ordered. */
  #compared({ blob, diffId }: LayerOrder, unpacked: Unpacked): Unpacked {
    const { facts, snapshot } = unpacked;
    if (facts.diffId === diffId && (!blob.startsWith('sha256:') || facts.blobDigest === blob)) return unpacked;
    this.#parts.layerDirs.remove(snapshot);
    throw new HakoError(
      'invalid',
      `layer ${blob} unpacks to ${facts.diffId}, but the image says ${diffId}: it is damaged or forged`,
    );
  }

  #confinementOf(snapshot: string): Confinement {
    return { kind: 'directory', dir: this.#parts.layerDirs.pathOf(snapshot) };
  }

  /** The folders below, top first; undefined as long as they are not there. */
  #knownBelow(parent: Digest | undefined): string[] | undefined {
    const isThere = parent === undefined || this.#parts.layers.find(parent) !== undefined;
    return isThere ? this.#lowerDirs(parent) : undefined;
  }

  #lowerDirs(parent: Digest | undefined): string[] {
    const { layers, layerDirs } = this.#parts;
    return layers.chain(parent).map(({ snapshot }) => layerDirs.pathOf(snapshot));
  }

  #unpackStream(tar: Readable, blobPath: string, lowerDirs: string[], signal?: AbortSignal): Promise<Unpacked> {
    const options = { input: tar, ...(signal ? { signal } : {}) };
    return this.#unpack(lowerDirs, (confinement, parameters) =>
      callWorker('unpackLayer', confinement, { ...parameters, blobPath }, options),
    );
  }

  #unpackFile(file: LayerFile, lowerDirs: string[] | undefined, signal?: AbortSignal): Promise<Unpacked> {
    return this.#unpack(lowerDirs, (confinement, parameters) =>
      this.#workers.unpack(file, confinement, parameters, signal),
    );
  }

  async #unpack(lowerDirs: string[] | undefined, work: UnpackWork): Promise<Unpacked> {
    const { layerDirs, limits } = this.#parts;
    const snapshot = layerDirs.create();
    try {
      const facts = await work(this.#confinementOf(snapshot), {
        limits,
        ...(lowerDirs === undefined ? {} : { lowerDirs }),
      });
      return { snapshot, facts, isAlone: lowerDirs === undefined };
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
