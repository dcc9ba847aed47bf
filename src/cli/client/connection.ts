/** One connection to the daemon, read as a queue of chunks with back-pressure. */
import { connect, type Socket } from 'node:net';
import { CliError } from '../errors.ts';
import type { HostAddress } from './host.ts';

/** Bytes that may wait unread before the socket is paused. */
const HIGH_WATER_BYTES = 1024 * 1024;

export class Connection {
  readonly socket: Socket;
  /** True once an answer was read to its end on it: a failure may then mean that the daemon closed it while idle. */
  reused = false;
  readonly #chunks: Buffer[] = [];
  #waitingBytes = 0;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(address: HostAddress) {
    // Half-open: the end of our input must not end the output of a hijacked stream, nor the other way round.
    this.socket = connect({ ...address.target, allowHalfOpen: true, noDelay: true });
    this.socket.on('data', (chunk: Buffer) => this.#push(chunk));
    this.socket.on('end', () => this.#finish(undefined));
    this.socket.on('close', () => this.#finish(undefined));
    this.socket.on('error', (error) => this.#finish(explain(error, address)));
  }

  get isOpen(): boolean {
    return !this.#ended && this.#chunks.length === 0;
  }

  /** The next bytes; undefined at the end. Throws CliError when the connection broke. */
  async read(): Promise<Buffer | undefined> {
    while (this.#chunks.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#take();
  }

  /** Puts back bytes that belong to whoever reads next. */
  unread(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.unshift(chunk);
    this.#waitingBytes += chunk.length;
  }

  /** Writes; resolves when the kernel can take more. */
  write(data: Uint8Array | string): Promise<void> | undefined {
    if (this.socket.write(data) || this.#ended) return undefined;
    return new Promise((resolve) => {
      const done = () => {
        this.socket.off('drain', done).off('close', done);
        resolve();
      };
      this.socket.on('drain', done).on('close', done);
    });
  }

  /** Ends it because our side failed; whoever reads gets `error`. */
  fail(error: Error): void {
    this.#finish(error);
    this.socket.destroy();
  }

  close(): void {
    this.socket.destroy();
  }

  #push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes > HIGH_WATER_BYTES) this.socket.pause();
    this.#wake?.();
  }

  #take(): Buffer | undefined {
    const chunk = this.#chunks.shift();
    this.#waitingBytes -= chunk?.length ?? 0;
    if (this.#waitingBytes <= HIGH_WATER_BYTES && this.socket.isPaused()) this.socket.resume();
    return chunk;
  }

  #finish(failure: Error | undefined): void {
    this.#ended = true;
    this.#failure ??= failure;
    this.#wake?.();
  }
}

function explain(error: NodeJS.ErrnoException, address: HostAddress): CliError {
  const where = address.text;
  const options = { cause: error };
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
    const hint = address.isLocal ? '; start it with: hako up' : '';
    return new CliError(`no daemon is listening on ${where}${hint}`, options);
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new CliError(
      `you may not talk to the daemon on ${where}: run as root, or join the group of the socket`,
      options,
    );
  }
  return new CliError(`the connection to the daemon on ${where} broke: ${error.message}`, options);
}
