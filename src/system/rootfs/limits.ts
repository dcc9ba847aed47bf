import { HakoError } from '#base';
import type { UnpackLimits } from './contract.ts';

/** Counts what an archive makes us do, and stops it at its limits. */
export class Meter {
  readonly #limits: UnpackLimits;
  #entries = 0;
  #contentBytes = 0;
  #streamBytes = 0;

  constructor(limits: UnpackLimits) {
    this.#limits = limits;
  }

  get contentBytes(): number {
    return this.#contentBytes;
  }

  entry(size: number): void {
    this.#entries++;
    this.#contentBytes += size;
    if (this.#entries > this.#limits.entries) throw tooMuch(`has more than ${this.#limits.entries} entries`);
    if (this.#contentBytes > this.#limits.bytes) throw tooMuch(`unpacks to more than ${this.#limits.bytes} bytes`);
  }

  path(name: string, components: number): void {
    if (components > this.#limits.depth)
      throw tooMuch(`has a path of ${components} components (${name.slice(0, 60)}…)`);
  }

  /** Passes the archive on, counting. */
  async *stream(source: AsyncIterable<Buffer>, onChunk: (chunk: Buffer) => unknown): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.#streamBytes += chunk.length;
      if (this.#streamBytes > this.#limits.bytes) throw tooMuch(`unpacks to more than ${this.#limits.bytes} bytes`);
      await onChunk(chunk);
      yield chunk;
    }
  }
}

function tooMuch(what: string): HakoError {
  return new HakoError('exhausted', `the archive ${what}: raise the unpack limits if that is meant`);
}
