import type { Digest } from '#base';
import type { Lease } from '../content/mod.ts';
import { chainIdOf } from '../layout/layers.ts';
import type { Arrival } from './arrival.ts';
import type { LayerUnpacker, StoredLayer } from './layers.ts';

/** A layer of an image, the lowest first. */
export interface ChainLayer {
  blob: Digest;
  diffId: Digest;
  /** Resolves when the blob is in the content store. */
  ready?: Promise<unknown>;
  /** Until then: what is there of it. */
  arrival?: Arrival;
}

export interface ChainOptions {
  onStart?: (index: number) => void;
  onDone?: (index: number) => void;
  signal?: AbortSignal;
}

/**
 * Unpacks all layers of an image, each as soon as its blob is there, several at once; they become known from the bottom up. The first
 * failure ends the others, and is thrown when they have ended.
 */
export async function unpackChain(
  unpacker: LayerUnpacker,
  layers: readonly ChainLayer[],
  lease: Lease,
  options: ChainOptions = {},
): Promise<StoredLayer[]> {
  const failure = new AbortController();
  const signal = options.signal === undefined ? failure.signal : AbortSignal.any([options.signal, failure.signal]);
  let parent: Digest | undefined;
  let below: Promise<unknown> = Promise.resolve();
  const work: Promise<StoredLayer>[] = [];
  for (const [index, { blob, diffId, ready, arrival }] of layers.entries()) {
    const order = { blob, diffId, parent };
    const each = unpackOne(unpacker, order, index, { ready, arrival, below, lease, signal }, options);
    work.push(
      each.catch((error: unknown) => {
        if (!failure.signal.aborted) failure.abort(error);
        throw error;
      }),
    );
    below = each;
    parent = chainIdOf(parent, diffId);
  }
  const results = await Promise.allSettled(work);
  const stored = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (stored.length < layers.length) throw failure.signal.reason;
  return stored;
}

async function unpackOne(
  unpacker: LayerUnpacker,
  order: Parameters<LayerUnpacker['ahead']>[0],
  index: number,
  waits: Pick<ChainLayer, 'ready' | 'arrival'> & { below: Promise<unknown>; lease: Lease; signal: AbortSignal },
  { onStart, onDone }: ChainOptions,
): Promise<StoredLayer> {
  const { arrival, lease, signal } = waits;
  using early = arrival === undefined ? undefined : await unpacker.along(order, arrival, signal);
  await waits.ready;
  signal.throwIfAborted();
  onStart?.(index);
  const stored = await unpacker.ahead({ ...order, early }, waits.below, lease, signal);
  onDone?.(index);
  return stored;
}
