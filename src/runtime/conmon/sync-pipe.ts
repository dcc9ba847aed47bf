/**
 * The FIFO that ties us to one conmon. conmon writes JSON lines to it (`{"data": pid}`, for an exec later the exit code)
 * and holds it open until it ends, so its end tells of conmon's death, also to a daemon that started later.
 */
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { ignoring } from '#base';
import { makeFifo, openFifo, openFifoWriter } from '#system';
import { BundleFile } from './layout.ts';

/** `data`: a pid, an exit code, or negative for a failure that `message` explains. */
export interface SyncMessage {
  data: number;
  message?: string;
}

export class SyncPipe implements Disposable {
  /** Resolves when every writer is gone. */
  readonly closed: Promise<void>;
  readonly #socket: Socket | undefined;
  readonly #messages: SyncMessage[] = [];
  readonly #waiting: ((message: SyncMessage | undefined) => void)[] = [];
  #rest = '';
  #isClosed = false;

  private constructor(socket: Socket | undefined) {
    this.#socket = socket;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    const end = () => {
      this.#isClosed = true;
      for (const take of this.#waiting.splice(0)) take(undefined);
      resolve();
    };
    if (socket === undefined) end();
    else this.#listen(socket, end);
  }

  #listen(socket: Socket, end: () => void): void {
    socket.on('data', (chunk: Buffer) => this.#take(chunk.toString('utf8')));
    socket.once('close', end);
    socket.on('error', () => socket.destroy());
  }

  /** Makes the FIFO in `folder`; `writer` is the descriptor for conmon, to be closed here once conmon has it. */
  static create(folder: string): { pipe: SyncPipe; writer: number } {
    const path = join(folder, BundleFile.SYNC);
    makeFifo(path);
    const pipe = new SyncPipe(openFifo(path, { writerToCome: true }));
    return { pipe, writer: openFifoWriter(path) };
  }

  /** Takes up a FIFO that a conmon may still hold; closed at once where it does not, or a removal that was cut short took it. */
  static reopen(folder: string): SyncPipe {
    return new SyncPipe(ignoring('ENOENT', () => openFifo(join(folder, BundleFile.SYNC))));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The next message; undefined when conmon ended without one. */
  next(): Promise<SyncMessage | undefined> {
    const message = this.#messages.shift();
    if (message !== undefined || this.#isClosed) return Promise.resolve(message);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#deliver(parse(line));
  }

  #deliver(message: SyncMessage): void {
    const take = this.#waiting.shift();
    if (take === undefined) this.#messages.push(message);
    else take(message);
  }

  [Symbol.dispose](): void {
    this.#socket?.destroy();
  }
}

/** conmon escapes too little (bytes above 0x7f, some controls), so what is not JSON still carries its words. */
function parse(line: string): SyncMessage {
  try {
    const { data, message } = JSON.parse(line) as { data?: unknown; message?: unknown };
    return { data: Number(data), message: typeof message === 'string' ? message : undefined };
  } catch {
    const [, data = '-1', message = line] = /"data":\s*(-?\d+)(?:,\s*"message":\s*"(.*)"\})?/s.exec(line) ?? [];
    return { data: Number(data), message };
  }
}
