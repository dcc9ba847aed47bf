/** One connection to a conmon's attach socket. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { errnoCode, HakoError, ignoring } from '#base';
import { connectSeqpacket } from '#system';
import type { AttachedStreams, OutputChunk } from '../contract.ts';
import { OutputQueue } from './output-queue.ts';

/** The first byte of a packet that conmon sends. */
const STDOUT = 2;
const STDERR = 3;
/** conmon reads this much at a time; the rest of a longer packet would be lost. */
const MAX_PACKET_BYTES = 8192;

const RETRY_MS = 5;
const RETRIES = 200;

/** Connects; waits where conmon's queue of connections is full. Throws `not_found` when conmon is gone. */
async function connect(path: string, signal: AbortSignal | undefined): Promise<Socket> {
  for (let attempt = 0; attempt < RETRIES; attempt++) {
    signal?.throwIfAborted();
    try {
      return connectSeqpacket(path);
    } catch (error) {
      const code = errnoCode(error);
      if (code === 'ECONNREFUSED' || code === 'ENOENT') {
        throw new HakoError('not_found', 'the container is gone: nothing listens on its attach socket', {
          cause: error,
        });
      }
      if (code !== 'EAGAIN') throw error;
      await delay(RETRY_MS, undefined, { signal });
    }
  }
  throw new HakoError('unavailable', 'the attach socket does not answer: too many clients attach at once, try again');
}

/** A packet of conmon: one byte that names the stream, then the output. Empty ones are greetings. */
function decode(packet: Buffer): OutputChunk | undefined {
  const kind = packet[0];
  if (packet.length < 2 || (kind !== STDOUT && kind !== STDERR)) return undefined;
  return { stream: kind === STDERR ? 'stderr' : 'stdout', data: packet.subarray(1) };
}

class ConmonStreams implements AttachedStreams {
  readonly output: AsyncIterable<OutputChunk>;
  readonly #socket: Socket;
  readonly #onDispose: (socket: Socket) => void;
  #writing: Promise<void> = Promise.resolve();

  constructor(socket: Socket, onDispose: (socket: Socket) => void) {
    this.#socket = socket;
    this.#onDispose = onDispose;
    this.output = new OutputQueue(socket, decode);
    socket.on('error', () => undefined);
  }

  write(data: Uint8Array): Promise<void> {
    // One packet at a time: packets that wait together would be merged beyond what conmon reads.
    this.#writing = this.#writing.then(() => this.#writeAll(data));
    const result = this.#writing;
    this.#writing = result.catch(() => undefined);
    return result;
  }

  async #writeAll(data: Uint8Array): Promise<void> {
    for (let offset = 0; offset < data.length; offset += MAX_PACKET_BYTES) {
      await this.#writePacket(data.subarray(offset, offset + MAX_PACKET_BYTES));
    }
  }

  #writePacket(packet: Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#socket.write(packet, (error) => (error ? reject(lostInput(error)) : resolve()));
    return promise;
  }

  endInput(): void {
    this.#writing = this.#writing.then(() => void this.#socket.end());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#onDispose(this.#socket);
  }
}

function lostInput(cause: Error): HakoError {
  return new HakoError('failed_precondition', 'the container takes no more input: it has ended', { cause });
}

/** Closes the connection. */
function close(socket: Socket): void {
  socket.destroy();
}

/** Keeps the connection until the container ends, because its end would close the container's standard input. */
function linger(socket: Socket): void {
  socket.unref();
  socket.resume();
}

/** conmon accepts within microseconds where it has a CPU. Longer than this it may never: some other client left meanwhile. */
const ACCEPT_PATIENCE_MS = 100;
/** Looks without a pause before it takes one. */
const EAGER_LOOKS = 20;

function descriptorsOf(pid: number): number {
  return ignoring(['ENOENT', 'ESRCH'], () => readdirSync(`/proc/${pid}/fd`).length) ?? Number.POSITIVE_INFINITY;
}

/**
 * Waits until conmon has a descriptor more than `before`. A connection stands before it is accepted, and what the container
 * says until then is not sent to it; conmon tells nobody when it accepts, one client a turn of its loop.
 */
async function untilAccepted(conmonPid: number, before: number): Promise<void> {
  const deadline = performance.now() + ACCEPT_PATIENCE_MS;
  for (let looks = 0; descriptorsOf(conmonPid) <= before && performance.now() < deadline; looks++) {
    await (looks < EAGER_LOOKS ? nextTurn() : delay(1));
  }
}

/**
 * Attaches to the socket at `path`. A `lingering` attachment never closes the container's input by going away. With
 * `conmonPid` no output is missed that comes after this resolves; then only one attachment at a time may be made.
 */
export async function attachTo(
  path: string,
  options: { signal?: AbortSignal; lingering?: boolean; conmonPid?: number } = {},
): Promise<AttachedStreams> {
  const { conmonPid } = options;
  const before = conmonPid === undefined ? 0 : descriptorsOf(conmonPid);
  const socket = await connect(path, options.signal);
  if (conmonPid !== undefined) await untilAccepted(conmonPid, before);
  return new ConmonStreams(socket, options.lingering ? linger : close);
}

/** Resolves when a child has the other end of a socket pair say something; answers false when it closed instead. */
export async function firstWord(socket: NodeJS.ReadableStream): Promise<boolean> {
  const closed = once(socket, 'close').then(() => false);
  return Promise.race([once(socket, 'data').then(() => true), closed]);
}
