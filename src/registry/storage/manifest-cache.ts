import type { Digest } from '#base';

const MAX_BYTES = 16 * 2 ** 20;

/** The manifests that were asked for last, in memory. They are immutable: a digest is never another manifest. */
export class ManifestCache {
  readonly #entries = new Map<Digest, Buffer>();
  #bytes = 0;

  get(digest: Digest): Buffer | undefined {
    const found = this.#entries.get(digest);
    if (found === undefined) return undefined;
    this.#entries.delete(digest);
    this.#entries.set(digest, found);
    return found;
  }

  set(digest: Digest, bytes: Buffer): Buffer {
    this.delete(digest);
    this.#entries.set(digest, bytes);
    this.#bytes += bytes.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= MAX_BYTES) break;
      this.delete(oldest);
    }
    return bytes;
  }

  delete(digest: Digest): void {
    this.#bytes -= this.#entries.get(digest)?.length ?? 0;
    this.#entries.delete(digest);
  }
}
