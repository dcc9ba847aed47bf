import { errorMessage, log } from '#base';

/** Work that is done now and then, until this is disposed. */
export class Every implements AsyncDisposable {
  readonly #name: string;
  readonly #work: () => Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;

  constructor(name: string, intervalMs: number, work: () => Promise<void>) {
    this.#name = name;
    this.#work = work;
    this.#timer = setInterval(() => this.#run(), intervalMs);
    this.#timer.unref();
    this.#run();
  }

  /** Resolves when what is under way has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Where the last time has not ended yet, this one is left out. */
  #run(): void {
    this.#running ??= this.#work()
      .catch((error: unknown) => log.warn(`${this.#name} has failed`, { error: errorMessage(error) }))
      .finally(() => {
        this.#running = undefined;
      });
  }
}
