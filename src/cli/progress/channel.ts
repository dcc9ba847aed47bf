/** Values from callbacks as an iteration. What nobody has read yet is kept. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  #wake: () => void = () => undefined;
  #hasEnded = false;

  put(value: T): void {
    this.#values.push(value);
    this.#wake();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      for (let value = this.#values.shift(); value !== undefined; value = this.#values.shift()) yield value;
      if (this.#hasEnded) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
