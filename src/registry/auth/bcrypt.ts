import { Worker } from 'node:worker_threads';
import { RegistryError } from '../errors.ts';

/** The thread costs 10 MB: it ends when nobody signs in. */
const IDLE_MS = 20_000;
/** Comparisons that may wait: one who guesses passwords gets no further. */
const MAX_WAITING = 64;

/** Compares passwords with bcrypt hashes, in a thread, one at a time. */
export class BcryptComparer implements AsyncDisposable {
  readonly #waiting = new Map<number, { resolve: (matches: boolean) => void; reject: (error: Error) => void }>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #nextId = 0;

  /** Throws TOOMANYREQUESTS. */
  compare(password: string, hash: string): Promise<boolean> {
    if (this.#waiting.size >= MAX_WAITING)
      throw new RegistryError('TOOMANYREQUESTS', 'too many sign-ins at once', { headers: { 'Retry-After': '2' } });
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.#waiting.set(id, { resolve, reject });
    worker.postMessage({ id, password, hash });
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./bcrypt-worker.ts', import.meta.url));
    worker.on('message', ({ id, matches }: { id: number; matches: boolean }) => {
      this.#waiting.get(id)?.resolve(matches);
      this.#waiting.delete(id);
      if (this.#waiting.size > 0) return;
      this.#idle = setTimeout(() => void this[Symbol.asyncDispose](), IDLE_MS).unref();
    });
    worker.on('error', (error) => this.#fail(worker, error as Error));
    worker.on('exit', () => this.#fail(worker, new Error('the thread for passwords ended')));
    worker.unref();
    return worker;
  }

  #fail(worker: Worker, error: Error): void {
    if (this.#worker === worker) this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
