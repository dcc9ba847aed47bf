/** An upstream in memory that tests hold up, break and make lie. */
import { type Digest, isDigest } from '#base';
import { type IncomingBlob, type Upstream, UpstreamAway, UpstreamBroken } from '../cache/upstream.ts';
import type { Page, ReferrerDescriptor, StoredManifest } from '../contract.ts';
import { digestOf } from './client.ts';

export class FakeUpstream implements Upstream {
  readonly name = 'upstream.example';
  readonly blobs = new Map<Digest, Buffer>();
  readonly manifests = new Map<Digest, StoredManifest>();
  readonly currentTags = new Map<string, Digest>();
  readonly questions: string[] = [];
  isAway = false;
  /** Bytes of one piece; before each a blob waits for `gate`. */
  pieceBytes = 1 << 16;
  gate: () => Promise<void> = async () => undefined;
  /** How many bytes a connection brings before it breaks. */
  breaksAfterBytes = Number.POSITIVE_INFINITY;
  ignoresOffsets = false;
  closed = false;

  covers(repository: string): boolean {
    return !repository.startsWith('own/');
  }

  addBlob(bytes: Buffer): Digest {
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return digest;
  }

  addManifest(manifest: StoredManifest, tag?: string): void {
    this.manifests.set(manifest.digest, manifest);
    if (tag !== undefined) this.currentTags.set(tag, manifest.digest);
  }

  async resolve(repository: string, tag: string): Promise<Digest | undefined> {
    this.#asked(`resolve ${repository}:${tag}`);
    return this.currentTags.get(tag);
  }

  async manifest(repository: string, reference: string): Promise<StoredManifest | undefined> {
    this.#asked(`manifest ${repository} ${reference}`);
    const digest = isDigest(reference) ? reference : this.currentTags.get(reference);
    return digest === undefined ? undefined : this.manifests.get(digest);
  }

  async blobSize(repository: string, digest: Digest): Promise<number | undefined> {
    this.#asked(`size ${repository} ${digest}`);
    return this.blobs.get(digest)?.length;
  }

  async openBlob(repository: string, digest: Digest, wantedBytes: number): Promise<IncomingBlob | undefined> {
    this.#asked(`blob ${repository} ${digest} from ${wantedBytes}`);
    const bytes = this.blobs.get(digest);
    if (bytes === undefined) return undefined;
    const offsetBytes = this.ignoresOffsets ? 0 : wantedBytes;
    return { offsetBytes, sizeBytes: bytes.length, body: this.#pieces(bytes, offsetBytes), [Symbol.dispose]() {} };
  }

  async tags(_repository: string, { after = '', limit }: Page): Promise<string[]> {
    this.#asked('tags');
    const all = [...this.currentTags.keys()].sort();
    return all.filter((tag) => tag > after).slice(0, limit);
  }

  async referrers(): Promise<ReferrerDescriptor[]> {
    this.#asked('referrers');
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
  }

  async *#pieces(bytes: Buffer, start: number): AsyncGenerator<Buffer> {
    const end = Math.min(bytes.length, start + this.breaksAfterBytes);
    for (let at = start; at < end; at += this.pieceBytes) {
      await this.gate();
      yield bytes.subarray(at, Math.min(end, at + this.pieceBytes));
    }
    if (end < bytes.length) throw new UpstreamBroken('the connection broke');
  }

  #asked(question: string): void {
    this.questions.push(question);
    if (this.isAway) throw new UpstreamAway('connection refused');
  }
}
