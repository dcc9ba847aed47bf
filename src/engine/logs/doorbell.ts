/** Wakes one waiter; rings that come while nobody waits are kept as one. */
export class Doorbell {
  #rung = false;
  #answer: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#answer?.();
  }

  /** Resolves when it rang since the last wait. */
  async wait(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        this.#answer = resolve;
      });
    }
    this.#answer = undefined;
    this.#rung = false;
  }
}
