/** A small HTTP/1.1 client over kept TLS connections: the bench's client must cost little, for it shares the cores with the server. */
import { connect, type TLSSocket } from 'node:tls';

/** How to reach the API server, PEM. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What one request gave. */
export interface Reply {
  readonly code: number;
  readonly bytes: number;
  /** The body, where it was asked for. */
  readonly body: string;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** What a call may say besides. */
export interface CallOptions {
  readonly accept?: string;
  /** The reply has the body. */
  readonly keepBody?: boolean;
}

/** One connection; a request at a time. */
export class Wire implements Disposable {
  readonly #socket: TLSSocket;
  #pending: Buffer = Buffer.alloc(0);
  /** What came since; joined when enough of it is there. */
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #needed = 0;
  #wake: (() => void) | undefined;
  #closed = false;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#queue.push(chunk);
      this.#queuedBytes += chunk.length;
      if (this.#pending.length + this.#queuedBytes >= this.#needed) this.#wake?.();
    });
    socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
    socket.on('error', () => socket.destroy());
  }

  static async open({ host, port, ca, cert, key }: Target): Promise<Wire> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect({ host, port, ca, cert, key, servername: 'localhost', rejectUnauthorized: false }, resolve);
    socket.once('error', reject);
    await promise;
    socket.setNoDelay(true);
    return new Wire(socket);
  }

  /** Sends a request and waits for its whole answer. */
  async call(
    method: string,
    path: string,
    body = '',
    contentType = 'application/json',
    { accept = 'application/json', keepBody = false }: CallOptions = {},
  ): Promise<Reply> {
    const head = `${method} ${path} HTTP/1.1\r\nhost: localhost\r\naccept: ${accept}\r\nuser-agent: bench/1\r\n`;
    const length = body === '' ? '' : `content-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    this.#socket.write(`${head}${length}\r\n${body}`);
    const end = await this.#find(HEAD_END, 0);
    const headers = this.#pending.toString('latin1', 0, end).toLowerCase();
    const code = Number(headers.slice(9, 12));
    const start = end + HEAD_END.length;
    const found = /\r\ncontent-length: (\d+)/.exec(headers);
    if (found !== null) return this.#sized(code, start, Number(found[1]), keepBody);
    if (headers.includes('transfer-encoding: chunked')) return this.#chunked(code, start, keepBody);
    return this.#sized(code, start, 0, keepBody);
  }

  /** Sends a request and gives what comes, chunk by chunk, until disposed: a watch. */
  stream(path: string, onData: (chunk: Buffer) => void): void {
    this.#socket.removeAllListeners('data');
    this.#socket.on('data', onData);
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\nuser-agent: bench/1\r\n\r\n`,
    );
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  async #sized(code: number, start: number, length: number, keepBody: boolean): Promise<Reply> {
    await this.#have(start + length);
    const body = keepBody ? this.#pending.toString('utf8', start, start + length) : '';
    this.#pending = this.#pending.subarray(start + length);
    return { code, bytes: length, body };
  }

  async #chunked(code: number, start: number, keepBody: boolean): Promise<Reply> {
    let at = start;
    let bytes = 0;
    let body = '';
    for (;;) {
      const lineEnd = await this.#find(Buffer.from('\r\n'), at);
      const size = Number.parseInt(this.#pending.toString('latin1', at, lineEnd), 16);
      const next = lineEnd + 2 + size + 2;
      await this.#have(next);
      if (keepBody) body += this.#pending.toString('utf8', lineEnd + 2, lineEnd + 2 + size);
      bytes += size;
      at = next;
      if (size === 0) break;
      if (!keepBody) {
        this.#pending = this.#pending.subarray(at);
        at = 0;
      }
    }
    this.#pending = this.#pending.subarray(at);
    return { code, bytes, body };
  }

  async #find(what: Buffer, from: number): Promise<number> {
    for (;;) {
      const at = this.#pending.indexOf(what, from);
      if (at >= 0) return at;
      await this.#more();
    }
  }

  async #have(length: number): Promise<void> {
    while (this.#pending.length < length) await this.#more(length);
  }

  async #more(needed = this.#pending.length + 1): Promise<void> {
    if (this.#pending.length + this.#queuedBytes < needed) {
      if (this.#closed) throw new Error('the server closed the connection');
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#needed = needed;
      this.#wake = resolve;
      await promise;
    }
    this.#pending = Buffer.concat([this.#pending, ...this.#queue]);
    this.#queue = [];
    this.#queuedBytes = 0;
  }
}
