/** Many bytes through a registry, up and down, and its resident memory meanwhile. */
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setInterval as ticks } from 'node:timers/promises';
import type { Peer } from './peers.ts';

const BLOB_BYTES = 256 * 2 ** 20;
const PIECE_BYTES = 2 ** 20;
const CONNECTIONS = 4;
const SAMPLE_MS = 100;

export interface Flow {
  direction: 'push' | 'pull';
  seconds: number;
  bytes: number;
  /** Highest resident memory while each tenth of the bytes passed, in MB. */
  memoryMb: number[];
}

/** Passes about `bytes` through the registry in one direction, over four connections. */
export async function flow(peer: Peer, direction: Flow['direction'], bytes: number): Promise<Flow> {
  const count = Math.ceil(bytes / BLOB_BYTES);
  const transfer = direction === 'push' ? await pusher(peer.url) : await puller(peer.url);
  let passed = 0;
  const onBytes = (more: number) => {
    passed += more;
  };
  const total = count * BLOB_BYTES;
  const memory = new Memory(peer, () => passed / total);
  const startedMs = performance.now();
  let begun = 0;
  const worker = async () => {
    while (begun++ < count) await transfer(onBytes);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  const seconds = (performance.now() - startedMs) / 1000;
  return { direction, seconds, bytes: total, memoryMb: await memory.stop() };
}

/** Looks at a peer's memory again and again. */
class Memory {
  readonly #tenths: number[] = Array.from({ length: 10 }, () => 0);
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  constructor(peer: Peer, share: () => number) {
    this.#done = this.#run(peer, share);
  }

  async stop(): Promise<number[]> {
    this.#stopping.abort();
    await this.#done;
    return this.#tenths;
  }

  async #run(peer: Peer, share: () => number): Promise<void> {
    const { signal } = this.#stopping;
    try {
      for await (const _ of ticks(SAMPLE_MS, undefined, { signal })) {
        const tenth = Math.min(9, Math.floor(share() * 10));
        this.#tenths[tenth] = Math.max(this.#tenths[tenth] ?? 0, peer.memoryMb().now);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

type Transfer = (onBytes: (bytes: number) => void) => Promise<void>;

/** Pushes a new blob each time, and deletes it: the disk does not fill. */
async function pusher(url: string): Promise<Transfer> {
  return async (onBytes) => {
    const pieces = piecesOf();
    const digest = `sha256:${hashOf(pieces)}`;
    const location = await startUpload(url);
    location.searchParams.set('digest', digest);
    async function* body(): AsyncGenerator<Buffer> {
      for (const piece of pieces) {
        onBytes(piece.length);
        yield piece;
      }
    }
    await send(location, 'PUT', 201, body());
    await send(new URL(`/v2/flow/blobs/${digest}`, url), 'DELETE', 202);
  };
}

/** Pulls one blob again and again. */
async function puller(url: string): Promise<Transfer> {
  const pieces = piecesOf();
  const digest = `sha256:${hashOf(pieces)}`;
  const location = await startUpload(url);
  location.searchParams.set('digest', digest);
  await send(location, 'PUT', 201, pieces);
  const blob = new URL(`/v2/flow/blobs/${digest}`, url);
  return async (onBytes) => send(blob, 'GET', 200, undefined, onBytes);
}

/** A blob of one piece of noise, again and again, which is another one each time. */
function piecesOf(): Buffer[] {
  const piece = randomBytes(PIECE_BYTES);
  return Array.from({ length: BLOB_BYTES / PIECE_BYTES }, () => piece);
}

function hashOf(pieces: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

async function startUpload(url: string): Promise<URL> {
  const { headers } = await fetch(`${url}/v2/flow/blobs/uploads/`, { method: 'POST' });
  return new URL(headers.get('location') ?? '', url);
}

async function send(
  url: URL,
  method: string,
  status: number,
  body?: Iterable<Buffer> | AsyncIterable<Buffer>,
  onBytes?: (bytes: number) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const headers =
    body === undefined ? {} : { 'Content-Length': BLOB_BYTES, 'Content-Type': 'application/octet-stream' };
  const asked = request(url, { method, headers }, (answer) => {
    if (answer.statusCode !== status) reject(new Error(`${method} ${url} answered ${answer.statusCode}`));
    answer.on('data', (chunk: Buffer) => onBytes?.(chunk.length));
    answer.on('error', reject);
    answer.on('end', resolve);
  });
  asked.on('error', reject);
  if (body === undefined) asked.end();
  else await pipeline(Readable.from(body), asked);
  await promise;
}
