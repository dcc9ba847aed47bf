import { rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { type Digest, failpoint, HakoError, isHakoError, KeyedLock } from '#base';
import { callWorker, type LayerFacts, type UnpackLimits } from '#system/rootfs';
import type { ContentStore, Lease } from '../content/mod.ts';
import { chainIdOf, type LayerTable } from '../layout/layers.ts';
import type { LayerDirs } from '../snapshots/layer-dirs.ts';
import type { LayerBlobs } from './layer-blobs.ts';

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

/** Turns layer tars into snapshots: verify, decompress, unpack in a worker, and only then make the layer known. */
export class LayerUnpacker {
  readonly #parts: UnpackParts;
  readonly #lock = new KeyedLock();

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
      const { snapshot, facts } = await this.#unpack(
        parent,
        { blobPath },
        { input: tar, ...(signal ? { signal } : {}) },
      );
      const stored = storedLayer(parent, facts);
      lease.hold(stored.blob.digest);
      content.adopt(blobPath, stored.blob.digest);
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
  async fromBlob(
    blob: Digest,
    diffId: Digest,
    parent: Digest | undefined,
    lease: Lease,
    signal?: AbortSignal,
  ): Promise<StoredLayer> {
    const chainId = chainIdOf(parent, diffId);
    return await this.#lock.run(chainId, async () => {
      lease.hold(chainId);
      const { content, layers, blobs } = this.#parts;
      const known = layers.find(chainId);
      if (known !== undefined) return { chainId, diffId, blob: blobs.factsOf(blob) };
      const inputPath = content.pathOf(blob);
      const { snapshot, facts } = await this.#unpack(parent, { inputPath }, signal ? { signal } : {});
      if (facts.diffId !== diffId || (blob.startsWith('sha256:') && facts.blobDigest !== blob)) {
        this.#parts.layerDirs.remove(snapshot);
        throw new HakoError(
          'invalid',
          `layer ${blob} unpacks to ${facts.diffId}, but the image says ${diffId}: it is damaged or forged`,
        );
      }
      this.#commit(snapshot, parent, facts, lease);
      return {
        ...storedLayer(parent, facts),
        blob: { digest: blob, size: facts.blobBytes, compression: facts.compression },
      };
    });
  }

  async #unpack(
    parent: Digest | undefined,
    source: { inputPath?: string; blobPath?: string },
    options: { input?: Readable; signal?: AbortSignal },
  ) {
    const { layers, layerDirs, limits } = this.#parts;
    const lowerDirs = layers.chain(parent).map(({ snapshot }) => layerDirs.pathOf(snapshot));
    const snapshot = layerDirs.create();
    try {
      const confinement = { kind: 'directory', dir: layerDirs.pathOf(snapshot) } as const;
      const facts = await callWorker('unpackLayer', confinement, { ...source, lowerDirs, limits }, options);
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
