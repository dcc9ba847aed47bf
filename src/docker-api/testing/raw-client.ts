import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection on which a test writes HTTP by hand and reads what comes, byte by byte. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  #received: Uint8Array = new Uint8Array();
  #ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    socket.on('end', () => {
      this.#ended = true;
    });
    socket.on('error', () => undefined);
  }

  static async open(path: string): Promise<RawClient> {
    const socket = connect({ path, allowHalfOpen: true });
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** What was received, once it satisfies `holds` (or the other side ended). */
  async until(holds: (received: string) => boolean): Promise<string> {
    while (!holds(this.text) && !this.#ended && !this.socket.destroyed) {
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'end'), once(this.socket, 'close')]);
    }
    return this.text;
  }

  /** Everything until the other side ends. */
  async rest(): Promise<string> {
    return this.until(() => false);
  }

  get text(): string {
    return Buffer.from(this.#received).toString('latin1');
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** A POST with a JSON body, as clients write it. */
export function post(path: string, body: unknown, headers: readonly string[] = []): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const lines = [`POST ${path} HTTP/1.1`, 'Host: docker', ...headers];
  if (text !== '') lines.push('Content-Type: application/json');
  return `${lines.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

export const UPGRADE = ['Connection: Upgrade', 'Upgrade: tcp'];
