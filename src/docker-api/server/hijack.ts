import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Duplex, Readable } from 'node:stream';
import type { Exchange } from './exchange.ts';
import { RAW_STREAM } from './frames.ts';

/** How long a client may keep its half open after ours has ended. */
const LINGER_MS = 10_000;
/** How often a client that has half-closed is checked for having gone for good. */
const PROBE_MS = 1000;
const NOTHING = Buffer.alloc(0);

/** A connection that was taken over from HTTP. */
export class HijackedConnection implements AsyncDisposable {
  readonly #socket: Duplex;
  readonly #exchange: Exchange;
  #probe: NodeJS.Timeout | undefined;

  constructor(socket: Duplex, exchange: Exchange) {
    this.#socket = socket;
    this.#exchange = exchange;
    // Errors are how a vanished client shows; 'close' follows and is what is acted upon.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#closed());
    if (socket.destroyed) this.#closed();
  }

  #closed(): void {
    clearInterval(this.#probe);
    this.#exchange.abort();
  }

  /** Writes to the client; resolves when it can take more, or is gone. */
  async write(data: Uint8Array): Promise<void> {
    if (this.#socket.destroyed || !this.#socket.writable || this.#socket.write(data)) return;
    try {
      await once(this.#socket, 'drain', { signal: this.#exchange.signal });
    } catch (error) {
      if (!this.#exchange.signal.aborted) throw error;
    }
  }

  /** What the client sends, until it half-closes or goes away. Breaking off leaves the connection open. */
  async *input(): AsyncGenerator<Buffer> {
    try {
      yield* this.#socket.iterator({ destroyOnReturn: false });
    } catch (error) {
      if (!this.#socket.destroyed) throw error;
    }
    if (!this.#socket.destroyed) this.#watchForClose();
  }

  /**
   * After a half-close no event tells that the client went away altogether, and output may never come. A write of
   * nothing fails with EPIPE on a unix socket then, and is invisible otherwise.
   */
  #watchForClose(): void {
    const probe = () => this.#socket.writable && this.#socket.write(NOTHING);
    probe();
    this.#probe = setInterval(probe, PROBE_MS).unref();
  }

  /** Ends our half, and waits a little for the client to end its own. Input that still comes is thrown away. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#probe);
    if (this.#socket.destroyed) return;
    this.#socket.end();
    this.#socket.resume();
    const linger = setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
    if (!this.#socket.closed) await once(this.#socket, 'close').catch(() => undefined);
    clearTimeout(linger);
  }
}

/**
 * Takes the connection over: `101 UPGRADED` for a client that asked with `Upgrade`, else `200` and raw bytes until
 * the end. The headers go out before anything else happens: docker-py loses a frame that is glued to them.
 */
export function hijack(exchange: Exchange, contentType: string): HijackedConnection {
  exchange.markTaken();
  const common = responseHeaders(exchange);
  if (exchange.upgrade !== undefined) {
    const { socket, head } = exchange.upgrade;
    releaseResponse(exchange, socket);
    if (head.length > 0) socket.unshift(head);
    socket.write(
      `HTTP/1.1 101 UPGRADED\r\nContent-Type: ${contentType}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n${common}\r\n`,
    );
    return new HijackedConnection(socket, exchange);
  }
  const socket = detachFromHttp(exchange);
  socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${RAW_STREAM}\r\nConnection: close\r\n${common}\r\n`);
  return new HijackedConnection(socket, exchange);
}

function responseHeaders(exchange: Exchange): string {
  const headers = Object.entries(exchange.response.getHeaders());
  return headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}

/** From here on only the socket's own end is the client's end. */
function releaseResponse(exchange: Exchange, socket: Duplex): void {
  exchange.response.removeAllListeners('close');
  exchange.response.removeAllListeners('finish');
  exchange.response.detachSocket(socket as Socket);
}

/** Without `Upgrade` node has no way to give the socket away: its listeners, which feed the HTTP parser, must go. */
function detachFromHttp(exchange: Exchange): Duplex {
  const { socket } = exchange.request;
  for (const event of ['data', 'end', 'close', 'drain', 'error', 'timeout', 'resume', 'pause']) {
    socket.removeAllListeners(event);
  }
  releaseResponse(exchange, socket);
  socket.setTimeout(0);
  // A socket that node paused for back-pressure must flow again through our own reader.
  socket.on('readable', () => undefined).removeAllListeners('readable');
  return socket;
}

/** The body of a request as a stream that fails when the client goes away. */
export function bodyStream(exchange: Exchange): Readable {
  return exchange.request.readable ? exchange.request : Readable.from([]);
}
