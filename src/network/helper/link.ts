import { connect, type Socket } from 'node:net';

/** A helper that says nothing for so long hangs, and is replaced. */
const ANSWER_TIMEOUT_MS = 4000;

/** A lasting connection to the helper: commands go out, lines come back in order, and its end tells of the helper's end. */
export class HelperLink implements Disposable {
  readonly #socket: Socket;
  readonly #waiting: PromiseWithResolvers<string>[] = [];
  #received = '';

  private constructor(socket: Socket, onEnd: () => void) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (chunk: string) => this.#receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the helper closed its connection'));
      onEnd();
    });
    socket.unref();
  }

  /** Connects; undefined where nobody listens. */
  static async open(path: string, onEnd: () => void): Promise<HelperLink | undefined> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    return (await promise) ? new HelperLink(socket, onEnd) : undefined;
  }

  /** Sends a command and answers the line that comes back. Rejects when the helper ends or hangs. */
  async ask(command: string): Promise<string> {
    const waiter = Promise.withResolvers<string>();
    this.#waiting.push(waiter);
    const timer = setTimeout(() => this.#socket.destroy(), ANSWER_TIMEOUT_MS);
    this.#socket.ref().write(`${command}\n`);
    try {
      return await waiter.promise;
    } finally {
      clearTimeout(timer);
      this.#socket.unref();
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #receive(chunk: string): void {
    const lines = (this.#received + chunk).split('\n');
    this.#received = lines.pop() ?? '';
    for (const line of lines) this.#waiting.shift()?.resolve(line);
  }
}
