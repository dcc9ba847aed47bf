import { errorMessage, log } from '#base';

/** Work that can wait until after the answer. Failures are logged: what was left behind is found by `recover`. */
export class BackgroundWork {
  readonly #running = new Set<Promise<void>>();

  /** Runs `work` when the event loop has sent what it has to send. */
  run(what: string, work: () => Promise<void> | void): void {
    const task = this.#later(what, work);
    this.#running.add(task);
    void task.finally(() => this.#running.delete(task));
  }

  /** Resolves when nothing is left to do, also of what was added meanwhile. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #later(what: string, work: () => Promise<void> | void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    await promise;
    try {
      await work();
    } catch (error) {
      log.warn(`${what} failed`, { error: errorMessage(error) });
    }
  }
}
