import { HakoError } from '#base';
import type { Storage } from '#kube/storage';

/** Node ports of services, from `first` to `last`. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Parses `30000-32767`. Throws a HakoError (`invalid`). */
export function parsePortRange(text: string): PortRange {
  const found = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  const [first, last] = [Number(found?.[1]), Number(found?.[2])];
  if (found === null || first < 1 || last > 65_535 || first > last) {
    throw new HakoError('invalid', `"${text}" is not a range of node ports: give one such as 30000-32767`);
  }
  return { first, last };
}

const KEY = '/registry/ranges/servicenodeports';

interface RangeAllocation {
  kind: 'RangeAllocation';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  range: string;
  /** Base64 of a bitmap, as upstream keeps it. */
  data: string;
}

/** Which node ports are taken: one bitmap in storage, changed by compare-and-swap, so that several API servers never give one twice. */
export class NodePorts {
  readonly #storage: Storage;
  readonly #range: PortRange;

  constructor(storage: Storage, range: PortRange) {
    this.#storage = storage;
    this.#range = range;
  }

  /** True for ports that are ours to give. */
  contains(port: number): boolean {
    return port >= this.#range.first && port <= this.#range.last;
  }

  get range(): string {
    return `${this.#range.first}-${this.#range.last}`;
  }

  /** Takes these ports and as many others; undefined for a port that is taken, or when all are. */
  async take(wanted: readonly number[], others: number): Promise<number[] | { readonly taken: number }> {
    let answer: number[] | { readonly taken: number } = [];
    await this.#change((bits) => {
      const refused = wanted.find((port) => this.contains(port) && isSet(bits, port - this.#range.first));
      if (refused !== undefined) {
        answer = { taken: refused };
        return false;
      }
      for (const port of wanted) if (this.contains(port)) set(bits, port - this.#range.first, true);
      const found = this.#free(bits, others);
      answer = found ?? { taken: 0 };
      return found !== undefined;
    });
    return answer;
  }

  /** Gives ports back. */
  async release(ports: readonly number[]): Promise<void> {
    const ours = ports.filter((port) => this.contains(port));
    if (ours.length === 0) return;
    await this.#change((bits) => {
      for (const port of ours) set(bits, port - this.#range.first, false);
      return true;
    });
  }

  /** Takes all ports that services hold, and forgets the others where wanted: what a crash between two writes left behind goes. */
  async repair(held: readonly number[], { forgetOthers }: { readonly forgetOthers: boolean }): Promise<void> {
    await this.#change((bits) => {
      if (forgetOthers) bits.fill(0);
      for (const port of held) if (this.contains(port)) set(bits, port - this.#range.first, true);
      return true;
    });
  }

  #free(bits: Buffer, count: number): number[] | undefined {
    const size = this.#range.last - this.#range.first + 1;
    const start = Math.floor(Math.random() * size);
    const found: number[] = [];
    for (let step = 0; step < size && found.length < count; step++) {
      const at = (start + step) % size;
      if (isSet(bits, at)) continue;
      set(bits, at, true);
      found.push(this.#range.first + at);
    }
    return found.length === count ? found : undefined;
  }

  async #change(edit: (bits: Buffer) => boolean): Promise<void> {
    for (;;) {
      const { entry } = await this.#storage.get(KEY);
      const bits = this.#bits(entry?.value);
      if (!edit(bits)) return;
      const value: RangeAllocation = {
        kind: 'RangeAllocation',
        apiVersion: 'v1',
        metadata: {},
        range: this.range,
        data: bits.toString('base64'),
      };
      const result = await this.#storage.put(KEY, JSON.stringify(value), entry?.modRevision ?? 0);
      if (result.done) return;
    }
  }

  #bits(value: string | Uint8Array | undefined): Buffer {
    const bits = Buffer.alloc(Math.ceil((this.#range.last - this.#range.first + 1) / 8));
    if (typeof value !== 'string') return bits;
    const { range, data } = JSON.parse(value) as RangeAllocation;
    if (range === this.range) Buffer.from(data, 'base64').copy(bits);
    return bits;
  }
}

function isSet(bits: Buffer, at: number): boolean {
  return ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
}

function set(bits: Buffer, at: number, on: boolean): void {
  const mask = 1 << (at & 7);
  const byte = bits[at >> 3] ?? 0;
  bits[at >> 3] = on ? byte | mask : byte & ~mask;
}
