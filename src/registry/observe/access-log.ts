import { closeSync, openSync, writeSync } from 'node:fs';
import { errorMessage, log } from '#base';
import type { Exchange } from '../http/exchange.ts';

const FLUSH_MS = 200;
const FLUSH_BYTES = 64 * 1024;

/** One line a request, as Apache's combined log with the duration behind it. Lines are written together, a little later. */
export class AccessLog implements Disposable {
  readonly #path: string;
  #fd: number;
  #lines: string[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `-` is standard output. */
  constructor(path: string) {
    this.#path = path;
    this.#fd = this.#open();
  }

  write(exchange: Exchange, startedMs: number): void {
    const { request, response } = exchange;
    const took = (performance.now() - startedMs).toFixed(1);
    const what = `${request.method} ${request.url} HTTP/${request.httpVersion}`;
    const agent = request.headers['user-agent'] ?? '-';
    const user = exchange.access.user || '-';
    const from = request.socket.remoteAddress ?? '-';
    const line = `${from} - ${quoted(user)} [${new Date().toISOString()}] "${quoted(what)}" ${response.statusCode} ${exchange.sentBytes} "-" "${quoted(agent)}" ${took}ms\n`;
    this.#lines.push(line);
    this.#bytes += line.length;
    if (this.#bytes >= FLUSH_BYTES) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#lines.join('');
    this.#lines = [];
    this.#bytes = 0;
    try {
      if (text !== '') writeSync(this.#fd, text);
    } catch (error) {
      log.warn('cannot write the access log', { error: errorMessage(error) });
    }
  }

  /** Opens the file anew, after somebody moved it away. */
  reopen(): void {
    this.flush();
    const before = this.#fd;
    this.#fd = this.#open();
    if (this.#path !== '-') closeSync(before);
  }

  [Symbol.dispose](): void {
    this.flush();
    if (this.#path !== '-') closeSync(this.#fd);
  }

  #open(): number {
    return this.#path === '-' ? 1 : openSync(this.#path, 'a', 0o640);
  }
}

/** Nothing that a client sent ends the line or the quotes early. */
function quoted(text: string): string {
  return text.slice(0, 2_000).replace(/["\\\x00-\x1f\x7f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
