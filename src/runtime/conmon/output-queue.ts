import type { Socket } from 'node:net';
import type { OutputChunk } from '../contract.ts';

/** Beyond this much unread output we stop reading, and conmon makes the container wait, as a pipe would. */
const HIGH_WATER_BYTES = 1024 * 1024;

/**
 * The packets of a socket as an async iterable. A socket's own iterator would join packets that wait; this keeps them
 * apart. `decode` makes a chunk of a packet, or undefined to skip it.
 */
export class OutputQueue implements AsyncIterable<OutputChunk> {
  readonly #socket: Socket;
  readonly #chunks: OutputChunk[] = [];
  #size = 0;
  #isEnded = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket, decode: (packet: Buffer) => OutputChunk | undefined) {
    this.#socket = socket;
    socket.on('data', (packet: Buffer) => {
      const chunk = decode(packet);
      if (chunk !== undefined) this.#push(chunk);
    });
    const end = () => {
      this.#isEnded = true;
      this.#wake?.();
    };
    socket.once('end', end);
    socket.once('close', end);
  }

  #push(chunk: OutputChunk): void {
    this.#chunks.push(chunk);
    this.#size += chunk.data.length;
    if (this.#size > HIGH_WATER_BYTES) this.#socket.pause();
    this.#wake?.();
  }

  #shift(): OutputChunk | undefined {
    const chunk = this.#chunks.shift();
    this.#size -= chunk?.data.length ?? 0;
    if (this.#size <= HIGH_WATER_BYTES && this.#socket.isPaused()) this.#socket.resume();
    return chunk;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<OutputChunk> {
    for (;;) {
      const chunk = this.#shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#isEnded) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
