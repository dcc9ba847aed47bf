import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, digestHex, HakoError, ignoring, makeFolders } from '#base';
import { MediaType } from '../../unpack/media-types.ts';
import { type Descriptor, parseManifestOrIndex } from '../../unpack/spec.ts';
import { withFolderLock } from '../folder-lock.ts';
import type { FetchedManifest } from '../registry/manifests.ts';
import { referrerOf } from '../registry/referrers.ts';
import type { CopySource, CopyTarget } from './contract.ts';
import { blobName } from './layout-source.ts';
import { ScratchFolder } from './scratch-folder.ts';

/** A folder in OCI layout: what is there already stays, an image of the same name is replaced. */
export class LayoutTarget implements CopyTarget {
  readonly #path: string;
  readonly #name: string | undefined;
  #scratch: ScratchFolder | undefined;

  constructor(path: string, name: string | undefined) {
    this.#path = path;
    this.#name = name;
  }

  async putBlob(blob: Descriptor, source: CopySource, onBytes: (bytes: number) => void): Promise<'exists' | 'copied'> {
    const path = this.#pathOf(blob.digest);
    if (existsSync(path)) return 'exists';
    const temporary = this.#temporary(digestHex(blob.digest));
    try {
      await this.#write(blob, source, temporary, onBytes);
      renameSync(temporary, path);
    } finally {
      rmSync(temporary, { force: true });
    }
    return 'copied';
  }

  async #write({ digest, size }: Descriptor, ...rest: [CopySource, string, (bytes: number) => void]): Promise<void> {
    const [source, path, onBytes] = rest;
    const hash = createHash(digest.startsWith('sha512:') ? 'sha512' : 'sha256');
    let bytes = 0;
    const check = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        bytes += chunk.length;
        onBytes(bytes);
        done(bytes > size ? new HakoError('invalid', `blob ${digest} has more than ${size} bytes`) : null, chunk);
      },
    });
    const input =
      size === 0 ? [Buffer.alloc(0)] : source.open({ mediaType: '', digest, size }, { start: 0, end: size - 1 });
    await pipeline(input, check, createWriteStream(path, { flush: true }));
    if (bytes !== size || !digest.endsWith(hash.digest('hex')))
      throw new HakoError('invalid', `blob ${digest} is not what its manifest says: it came with ${bytes} bytes`);
  }

  async putManifest({ digest, bytes }: FetchedManifest): Promise<void> {
    this.#writeWhole(this.#pathOf(digest), bytes);
  }

  async putReferrer(manifest: FetchedManifest): Promise<void> {
    await this.putManifest(manifest);
    this.#addEntry(referrerOf(manifest));
  }

  async putTagged(tag: string, manifest: FetchedManifest): Promise<void> {
    await this.putManifest(manifest);
    const { mediaType, digest, bytes } = manifest;
    const annotations = { 'org.opencontainers.image.ref.name': tag };
    this.#addEntry({ mediaType, digest, size: bytes.length, annotations });
  }

  async finish(top: FetchedManifest, sourceName: string | undefined): Promise<void> {
    await this.putManifest(top);
    this.#addEntry(this.#entryFor(top, sourceName));
  }

  /** Others may add theirs at the same time. */
  #addEntry(entry: Descriptor): void {
    withFolderLock(this.#path, () => this.#addEntryNow(entry));
  }

  #addEntryNow(entry: Descriptor): void {
    const path = join(this.#path, 'index.json');
    const before = ignoring('ENOENT', () => parseManifestOrIndex(readFileSync(path), path));
    const others = before !== undefined && 'index' in before ? before.index.manifests : [];
    const kept = others.filter((other) => !isSameName(other, entry));
    const index = { schemaVersion: 2, mediaType: MediaType.index, manifests: [...kept, entry] };
    this.#writeWhole(join(this.#path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    this.#writeWhole(path, JSON.stringify(index));
  }

  #entryFor({ mediaType, digest, bytes }: FetchedManifest, sourceName: string | undefined): Descriptor {
    const base = { mediaType, digest, size: bytes.length };
    const annotations: Record<string, string> = {};
    if (this.#name !== undefined) annotations['org.opencontainers.image.ref.name'] = this.#name;
    const whole = this.#name?.includes('/') ? this.#name : sourceName;
    if (whole?.includes('/')) annotations['io.containerd.image.name'] = whole;
    return Object.keys(annotations).length === 0 ? base : { ...base, annotations };
  }

  #pathOf(digest: Digest): string {
    const path = join(this.#path, blobName(digest));
    makeFolders(dirname(path));
    return path;
  }

  #writeWhole(path: string, content: string | Buffer): void {
    const temporary = this.#temporary(basename(path));
    writeFileSync(temporary, content, { flush: true });
    renameSync(temporary, path);
  }

  /** In the layout, which is there; what is not renamed goes with the copy, or with the next one. */
  #temporary(name: string): string {
    this.#scratch ??= new ScratchFolder(this.#path);
    return join(this.#scratch.path, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#scratch?.[Symbol.dispose]();
    this.#scratch = undefined;
  }
}

/** The same name, or the same image without one. */
function isSameName(one: Descriptor, other: Descriptor): boolean {
  const nameOf = ({ annotations }: Descriptor) => annotations?.['org.opencontainers.image.ref.name'];
  return nameOf(one) === nameOf(other) && (nameOf(one) !== undefined || one.digest === other.digest);
}
