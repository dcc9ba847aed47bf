import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How patient the listener is. */
export interface Patience {
  /** A connection on which nothing moves is cut after so long. */
  idleMs: number;
  /** A request's head must have come by then. */
  headersMs: number;
  /** How often bodies and answers that are under way are looked at. */
  lookEveryMs: number;
  /** What must have moved between two looks; who brings less twice in a row is cut. */
  leastBytes: number;
  /** How often the certificate is looked at. */
  certificateMs: number;
}

export const PATIENCE: Patience = {
  idleMs: 60_000,
  headersMs: 15_000,
  lookEveryMs: 30_000,
  leastBytes: 8_192,
  certificateMs: 60_000,
};

interface Watched {
  request: IncomingMessage;
  movedBytes: number;
  isSuspect: boolean;
}

/**
 * Cuts clients that send or read just enough not to be idle: each would hold a connection, and maybe an upload, for as long as it likes.
 * Who waits for us is left alone.
 */
export class SlowClients implements Disposable {
  readonly #watched = new Set<Watched>();
  readonly #leastBytes: number;
  readonly #timer: NodeJS.Timeout;

  constructor({ lookEveryMs, leastBytes }: Patience) {
    this.#leastBytes = leastBytes;
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref();
  }

  /** Until the answer is over. */
  watch(request: IncomingMessage, response: ServerResponse): void {
    const watched = { request, movedBytes: movedBytes(request.socket), isSuspect: false };
    this.#watched.add(watched);
    response.once('close', () => this.#watched.delete(watched));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const watched of this.#watched) {
      const { request } = watched;
      const moved = movedBytes(request.socket);
      const isSlow = isWaiting(request) && moved - watched.movedBytes < this.#leastBytes;
      if (isSlow && watched.isSuspect) request.socket.destroy();
      watched.isSuspect = isSlow;
      watched.movedBytes = moved;
    }
  }
}

/** For the client: for more of its body, or for it to read. What it has sent, and nobody has read yet, is not its fault. */
function isWaiting(request: IncomingMessage): boolean {
  return (!request.complete && request.readableLength === 0) || request.socket.writableLength > 0;
}

/** What has come from the client and what has gone to it; what waits to go has not. */
function movedBytes(socket: Socket): number {
  return socket.bytesRead + socket.bytesWritten - socket.writableLength;
}
