/** OCI image layout (image-spec image-layout.md), as a folder or inside of a tar. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Digest, digestHex, HakoError, ignoring } from '#base';
import { MediaType } from '../../unpack/media-types.ts';
import { type Descriptor, MAX_DOCUMENT_BYTES, parseManifestOrIndex, parseObject } from '../../unpack/spec.ts';
import { digestOf, type FetchedManifest } from '../registry/manifests.ts';
import { type Referrer, referrerOf } from '../registry/referrers.ts';
import type { CopySource } from './contract.ts';

/** Files by their names, wherever they are. */
export interface LayoutFiles extends AsyncDisposable {
  /** A document; undefined where there is none. Throws `invalid` where it is too large for one. */
  read(name: string): Buffer | undefined;
  open(name: string, range: { start: number; end: number }): Readable;
}

export class FolderFiles implements LayoutFiles {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  read(name: string): Buffer | undefined {
    const path = join(this.#path, name);
    return ignoring(['ENOENT', 'ENOTDIR'], () => {
      if (statSync(path).size > MAX_DOCUMENT_BYTES)
        throw new HakoError('invalid', `${path} is too large for a document`);
      return readFileSync(path);
    });
  }

  open(name: string, range: { start: number; end: number }): Readable {
    return createReadStream(join(this.#path, name), { ...range, highWaterMark: 1 << 18 });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

export function blobName(digest: Digest): string {
  return `blobs/${digest.slice(0, digest.indexOf(':'))}/${digestHex(digest)}`;
}

export class LayoutSource implements CopySource {
  readonly #files: LayoutFiles;
  readonly #entries: readonly Descriptor[];
  readonly #entry: Descriptor;

  /** `name` is a tag or a whole name; without one the layout must hold just one image. */
  constructor(files: LayoutFiles, name: string | undefined, where: string) {
    this.#files = files;
    const bytes = files.read('index.json');
    if (bytes === undefined) throw new HakoError('not_found', `${where} is no OCI layout: it has no index.json`);
    const document = parseManifestOrIndex(bytes, 'index.json');
    if (!('index' in document)) throw new HakoError('invalid', `index.json of ${where} is no image index`);
    this.#entries = document.index.manifests;
    this.#entry = entryOf(document.index.manifests, name, where);
  }

  get name(): string | undefined {
    const { 'io.containerd.image.name': whole, 'org.opencontainers.image.ref.name': name } =
      this.#entry.annotations ?? {};
    return whole ?? name;
  }

  top(): Promise<FetchedManifest> {
    return this.manifest(this.#entry);
  }

  async manifest({ digest, mediaType }: Descriptor): Promise<FetchedManifest> {
    const bytes = this.#files.read(blobName(digest));
    if (bytes === undefined) throw new HakoError('not_found', `the layout does not hold the manifest ${digest}`);
    const found = digestOf(bytes, digest.startsWith('sha512:') ? 'sha512' : 'sha256');
    if (found !== digest)
      throw new HakoError('invalid', `manifest ${digest} of the layout is damaged: it has the digest ${found}`);
    const own = parseObject(bytes, `manifest ${digest}`).mediaType;
    return { digest, bytes, mediaType: typeof own === 'string' ? own : mediaType || MediaType.manifest };
  }

  /** Layouts have no list of referrers: every document that the index names is asked what it refers to. */
  async referrers(digest: Digest): Promise<Referrer[]> {
    const found: Referrer[] = [];
    for (const entry of this.#entries) {
      const bytes = this.#files.read(blobName(entry.digest));
      const subject = bytes && parseObject(bytes, `manifest ${entry.digest}`).subject;
      if (typeof subject !== 'object' || subject === null || !('digest' in subject)) continue;
      if (subject.digest === digest) found.push(referrerOf(await this.manifest(entry)));
    }
    return found;
  }

  async tagged(tag: string): Promise<FetchedManifest | undefined> {
    const entry = this.#entries.find(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] === tag);
    return entry && this.manifest(entry);
  }

  open(blob: Descriptor, range: { start: number; end: number }): Readable {
    return this.#files.open(blobName(blob.digest), range);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
  }
}

function entryOf(entries: readonly Descriptor[], name: string | undefined, where: string): Descriptor {
  const named = entries.filter(({ annotations = {} }) => {
    const names = [annotations['org.opencontainers.image.ref.name'], annotations['io.containerd.image.name']];
    return name === undefined || names.includes(name) || names.some((each) => each?.endsWith(`/${name}`));
  });
  const [first, second] = named;
  const isOne = named.every(({ digest }) => digest === first?.digest);
  if (first !== undefined && (second === undefined || isOne)) return first;
  const problem = first === undefined ? `holds no image ${name ?? ''}`.trim() : 'holds several images: say which';
  throw new HakoError(first === undefined ? 'not_found' : 'invalid', `${where} ${problem}`);
}
