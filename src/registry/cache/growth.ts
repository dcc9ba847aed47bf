/** How far a file that is being written is, for those who read it meanwhile. */
export class Growth {
  #bytes = 0;
  #isOver = false;
  #failure: unknown;
  #next: PromiseWithResolvers<void> | undefined;

  /** Bytes that may be read. */
  get bytes(): number {
    return this.#bytes;
  }

  /** More may be read. */
  reach(bytes: number): void {
    if (bytes <= this.#bytes) return;
    this.#bytes = bytes;
    this.#wake();
  }

  /** Nothing more will come; with a failure, whoever waits for more gets that. */
  end(failure?: unknown): void {
    this.#isOver = true;
    this.#failure = failure;
    this.#wake();
  }

  /** Resolves with `bytes` once that is more than `positionBytes`. */
  async beyond(positionBytes: number): Promise<number> {
    while (this.#bytes <= positionBytes) {
      if (this.#isOver) throw this.#failure ?? new Error('the blob ended early');
      this.#next ??= Promise.withResolvers();
      await this.#next.promise;
    }
    return this.#bytes;
  }

  #wake(): void {
    this.#next?.resolve();
    this.#next = undefined;
  }
}
