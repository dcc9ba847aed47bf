import { type Digest, errorMessage, isHakoError, log } from '#base';
import { chainIdOf } from '../layout/layers.ts';
import type { ImageStore } from '../store.ts';
import { readManifest } from '../unpack/materialize.ts';

/** Whoever has just pulled may push at once; and a burst of images is one round. */
const DELAY_MS = 2000;
const AGAIN_MS = 15_000;

/** What is known of a layer blob that takes space. */
export interface StoredBlob {
  digest: Digest;
  /** The layer that was unpacked from it. */
  chainId: Digest;
  /** Pinned for good, or leased for the moment. */
  heldBy?: 'pin' | 'lease';
  /** Whether it can be made again; undefined: nobody tried. */
  isRemakeable?: boolean;
}

export interface DropPlan {
  /** Can go now. */
  drop: Digest[];
  /** Can go when it was proved that they can be made again. */
  prove: { digest: Digest; chainId: Digest }[];
  /** Somebody holds blobs that could go: look again later. */
  isToBeRepeated: boolean;
}

/** Decides which blobs may go. */
export function planDrops(blobs: readonly StoredBlob[]): DropPlan {
  const possible = blobs.filter(({ heldBy, isRemakeable }) => heldBy !== 'pin' && isRemakeable !== false);
  const free = possible.filter(({ heldBy }) => heldBy === undefined);
  return {
    drop: free.filter(({ isRemakeable }) => isRemakeable).map(({ digest }) => digest),
    prove: free.flatMap(({ digest, chainId, isRemakeable }) => (isRemakeable ? [] : [{ digest, chainId }])),
    isToBeRepeated: free.length < possible.length,
  };
}

/** The layer blobs of all images that are stored. Blobs that are not named by sha256 stay: a worker cannot prove them. */
export function observeBlobs(store: ImageStore): StoredBlob[] {
  const found = new Map<Digest, StoredBlob>();
  for (const { id, config } of store.images.all()) {
    const manifest = store.images.manifestOf(id);
    if (manifest === undefined || !store.content.has(manifest)) continue;
    let chainId: Digest | undefined;
    for (const [index, { digest }] of readManifest(store, manifest).layers.entries()) {
      chainId = chainIdOf(chainId, config.rootfs.diff_ids[index] ?? digest);
      if (digest.startsWith('sha256:') && store.content.has(digest)) found.set(digest, observe(store, digest, chainId));
    }
  }
  return [...found.values()];
}

function observe({ pins, content, recipes }: ImageStore, digest: Digest, chainId: Digest): StoredBlob {
  const heldBy = pins.isPinned(digest) ? 'pin' : content.isLeased(digest) ? 'lease' : undefined;
  const recipe = recipes.find(digest);
  return {
    digest,
    chainId,
    ...(heldBy === undefined ? {} : { heldBy }),
    ...(recipe === undefined ? {} : { isRemakeable: recipe !== null }),
  };
}

/** The loop that lets blobs go after their layers were unpacked. One blob at a time: it is work for idle hours. */
export class BlobDropper implements AsyncDisposable {
  readonly #store: ImageStore;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(store: ImageStore) {
    this.#store = store;
  }

  /** Something may have changed. */
  kick(delayMs = DELAY_MS): void {
    if (this.#timer !== undefined || this.#abort.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.run().catch((error: unknown) => log.warn('cannot let blobs go', { error: errorMessage(error) }));
    }, delayMs);
    this.#timer.unref();
  }

  /** One round over what is there now: one that is under way has looked before, and is waited for. */
  run(): Promise<void> {
    const before = this.#running?.catch(() => undefined); // its own caller hears of it
    const round = Promise.resolve(before).then(() => this.#round());
    this.#running = round;
    return round;
  }

  async #round(): Promise<void> {
    if (this.#abort.signal.aborted) return;
    const plan = planDrops(observeBlobs(this.#store));
    for (const digest of plan.drop) this.#store.blobs.drop(digest);
    for (const { digest, chainId } of plan.prove) {
      if (this.#abort.signal.aborted) return;
      if (await this.#prove(digest, chainId)) this.#store.blobs.drop(digest);
    }
    if (plan.isToBeRepeated) this.kick(AGAIN_MS);
  }

  /** False too where the layer went meanwhile, or we are to end. */
  async #prove(digest: Digest, chainId: Digest): Promise<boolean> {
    const { content, layers, blobs } = this.#store;
    const layer = layers.find(chainId);
    if (layer === undefined || !content.has(digest)) return false;
    using lease = content.lease();
    for (const key of [digest, chainId]) lease.hold(key);
    try {
      return await blobs.prove(digest, layer, this.#abort.signal);
    } catch (error) {
      if (!isHakoError(error, 'cancelled') && !this.#abort.signal.aborted) throw error;
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#abort.abort();
    await this.#running?.catch(() => undefined);
  }
}
