import { createReadStream, createWriteStream, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HakoError } from '#base';
import { END_OF_ARCHIVE, encodeEntry, paddingOf } from '#system/rootfs';
import { familiarName, formatReference, parseReference, withDefaultTag } from '../../reference.ts';
import type { Descriptor } from '../../unpack/spec.ts';
import { parseManifestOrIndex } from '../../unpack/spec.ts';
import type { FetchedManifest } from '../registry/manifests.ts';
import type { CopySource, CopyTarget } from './contract.ts';
import { blobName } from './layout-source.ts';
import { LayoutTarget } from './layout-target.ts';
import { ScratchFolder } from './scratch-folder.ts';

/** A tar in OCI layout, for `docker` with a manifest.json of docker's beside it. It appears when it is whole. */
export class ArchiveTarget implements CopyTarget {
  readonly #path: string;
  readonly #dialect: 'oci' | 'docker';
  readonly #name: string | undefined;
  readonly #scratch: ScratchFolder;
  readonly #layout: LayoutTarget;

  constructor(path: string, dialect: 'oci' | 'docker', name: string | undefined) {
    this.#path = resolve(path);
    // What is there is replaced by the whole archive: that is for files only, never for /dev/null.
    const stat = statSync(this.#path, { throwIfNoEntry: false });
    if (stat?.isFile() === false)
      throw new HakoError(
        'invalid',
        `cannot write ${path}: it is a ${stat.isDirectory() ? 'folder' : 'device or pipe'}`,
      );
    this.#dialect = dialect;
    this.#name = name;
    this.#scratch = new ScratchFolder(dirname(this.#path));
    this.#layout = new LayoutTarget(this.#folder, dialect === 'docker' ? wholeName(name) : name);
  }

  /** The layout that becomes the archive, in a folder of its own: layouts are locked, and the scratch folder is already. */
  get #folder(): string {
    return join(this.#scratch.path, 'layout');
  }

  putBlob(blob: Descriptor, source: CopySource, onBytes: (bytes: number) => void): Promise<'exists' | 'copied'> {
    return this.#layout.putBlob(blob, source, onBytes);
  }

  putManifest(manifest: FetchedManifest): Promise<void> {
    return this.#layout.putManifest(manifest);
  }

  putReferrer(manifest: FetchedManifest): Promise<void> {
    return this.#layout.putReferrer(manifest);
  }

  putTagged(tag: string, manifest: FetchedManifest): Promise<void> {
    return this.#layout.putTagged(tag, manifest);
  }

  async finish(top: FetchedManifest, sourceName: string | undefined): Promise<void> {
    await this.#layout.finish(top, sourceName);
    const extra = this.#dialect === 'docker' ? dockerManifest(top, this.#name ?? sourceName) : undefined;
    await this.#layout[Symbol.asyncDispose]();
    const archive = Readable.from(tarOf(this.#folder, extra), { objectMode: false, highWaterMark: 1 << 20 });
    const temporary = join(this.#scratch.path, 'archive.tar');
    await pipeline(archive, createWriteStream(temporary, { flush: true }));
    renameSync(temporary, this.#path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#layout[Symbol.asyncDispose]();
    this.#scratch[Symbol.dispose]();
  }
}

function wholeName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : formatReference(withDefaultTag(parseReference(name)));
}

function dockerManifest({ bytes }: FetchedManifest, name: string | undefined): string {
  const document = parseManifestOrIndex(bytes, 'the manifest');
  if (!('manifest' in document))
    throw new HakoError(
      'unsupported',
      'docker-archive holds one platform only: choose it with --platform, or write oci-archive',
    );
  const { config, layers } = document.manifest;
  const whole = name?.includes('/') || name?.includes(':') ? wholeName(name) : undefined;
  const RepoTags = whole === undefined ? null : [familiarName(whole)];
  const Layers = layers.map(({ digest }) => blobName(digest));
  return JSON.stringify([{ Config: blobName(config.digest), RepoTags, Layers }]);
}

async function* tarOf(folder: string, manifest: string | undefined): AsyncGenerator<Buffer> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  for (const name of names.sort()) {
    const { size } = statSync(join(folder, name));
    yield encodeEntry({ name, type: 'file', mode: 0o644, size });
    if (size > 0)
      for await (const chunk of createReadStream(join(folder, name), { highWaterMark: 1 << 18 })) yield chunk as Buffer;
    yield Buffer.alloc(paddingOf(size));
  }
  if (manifest !== undefined) {
    const body = Buffer.from(manifest);
    yield encodeEntry({ name: 'manifest.json', type: 'file', mode: 0o644, size: body.length });
    yield body;
    yield Buffer.alloc(paddingOf(body.length));
  }
  yield END_OF_ARCHIVE;
}
