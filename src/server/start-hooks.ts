import { errorMessage, log } from '#base';
import type { HealthCheck } from '#kube/apiserver';

/** What a server does right after it has begun to listen; until then `/readyz` says what is missing. */
export class StartHooks implements Disposable {
  #isOver = false;
  readonly #done = new Set<string>();

  /** Runs a hook; its failure is the server's. */
  async run(name: string, hook: () => Promise<void>): Promise<void> {
    await hook();
    this.#done.add(name);
  }

  /** Runs a hook that nobody waits for; its failure is logged. */
  inBackground(name: string, hook: () => Promise<void>): void {
    hook().then(
      () => this.#done.add(name),
      (error: unknown) => this.#isOver || log.warn('a start hook failed', { hook: name, error: errorMessage(error) }),
    );
  }

  /** The server ends: what is still under way fails, and that is no news. */
  [Symbol.dispose](): void {
    this.#isOver = true;
  }

  /** A health check for each hook, under upstream's name. */
  checks(names: readonly string[]): [string, HealthCheck][] {
    return names.map((name) => [
      `poststarthook/${name}`,
      () => {
        if (!this.#done.has(name)) throw new Error('not finished');
      },
    ]);
  }
}
