import { HakoError } from '#base';

const NODE_BITS = 24;

/** Hands out the pieces of a block, `10.244.0.0/24` and on, the lowest that is free first. */
export class PodBlocks {
  readonly #first: number;
  readonly #count: number;
  readonly #used = new Set<number>();

  /** `block` is an IPv4 network of 24 bits or less; throws a HakoError (`invalid`) for anything else. */
  constructor(block: string) {
    const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(block);
    const parts = (found?.slice(1) ?? []).map(Number);
    const [a = 256, b = 256, c = 256, d = 256, bits = 33] = parts;
    if (Math.max(a, b, c, d) > 255 || bits > NODE_BITS || bits < 8) {
      throw new HakoError('invalid', `"${block}" is no block for pods: give an IPv4 network of 8 to 24 bits`);
    }
    this.#count = 2 ** (NODE_BITS - bits);
    this.#first = Math.floor((a * 65_536 + b * 256 + c) / this.#count) * this.#count;
  }

  /** Marks a piece as taken; what isn't one of ours is no concern. */
  take(piece: string): void {
    const index = this.#indexOf(piece);
    if (index !== undefined) this.#used.add(index);
  }

  free(piece: string): void {
    const index = this.#indexOf(piece);
    if (index !== undefined) this.#used.delete(index);
  }

  /** The next piece, which is taken now; undefined when all are. */
  next(): string | undefined {
    if (this.#used.size >= this.#count) return undefined;
    let index = 0;
    while (this.#used.has(index)) index++;
    this.#used.add(index);
    const network = this.#first + index;
    return `${Math.floor(network / 65_536)}.${Math.floor(network / 256) % 256}.${network % 256}.0/${NODE_BITS}`;
  }

  #indexOf(piece: string): number | undefined {
    const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.0\/24$/.exec(piece);
    if (found === null) return undefined;
    const [a = 0, b = 0, c = 0] = found.slice(1).map(Number);
    const index = a * 65_536 + b * 256 + c - this.#first;
    return index >= 0 && index < this.#count ? index : undefined;
  }
}
