/** docker-archive without an OCI layout in it: manifest.json names configuration and layers by path; the OCI manifest is made. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Digest, HakoError } from '#base';
import { type Compression, compressionOf } from '#system/rootfs';
import { familiarName, formatReference, parseReference, withDefaultTag } from '../../reference.ts';
import { layerMediaType, MediaType } from '../../unpack/media-types.ts';
import type { Descriptor } from '../../unpack/spec.ts';
import { digestOf, type FetchedManifest } from '../registry/manifests.ts';
import type { ArchiveFiles } from './archive-files.ts';
import type { CopySource } from './contract.ts';

interface Entry {
  Config: string;
  RepoTags: string[] | null;
  Layers: string[];
}

export class DockerArchiveSource implements CopySource {
  readonly name: string | undefined;
  readonly #files: ArchiveFiles;
  readonly #entry: Entry;
  readonly #paths = new Map<Digest, string>();

  constructor(files: ArchiveFiles, name: string | undefined, where: string) {
    this.#files = files;
    this.#entry = entryOf(files, name, where);
    const [first] = this.#entry.RepoTags ?? [];
    this.name = first === undefined ? undefined : formatReference(withDefaultTag(parseReference(first)));
  }

  async top(): Promise<FetchedManifest> {
    const config = this.#files.read(this.#entry.Config);
    if (config === undefined)
      throw new HakoError('invalid', `the archive lacks its configuration ${this.#entry.Config}`);
    const digest = digestOf(config);
    this.#paths.set(digest, this.#entry.Config);
    const layers: Descriptor[] = [];
    for (const path of this.#entry.Layers) layers.push(await this.#layer(path));
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MediaType.manifest,
        config: { mediaType: MediaType.config, digest, size: config.length },
        layers,
      }),
    );
    return { digest: digestOf(bytes), mediaType: MediaType.manifest, bytes };
  }

  async #layer(path: string): Promise<Descriptor> {
    const size = this.#files.find(path)?.size;
    if (size === undefined) throw new HakoError('invalid', `the archive lacks its layer ${path}`);
    const hash = createHash('sha256');
    let compression: Compression | undefined;
    for await (const chunk of this.#files.open(path, { start: 0, end: size - 1 })) {
      compression ??= compressionOf(chunk as Buffer);
      hash.update(chunk as Buffer);
    }
    if (compression === 'xz' || compression === 'bzip2')
      throw new HakoError(
        'unsupported',
        `layer ${path} is compressed with ${compression}: images have gzip or zstd layers`,
      );
    const digest: Digest = `sha256:${hash.digest('hex')}`;
    this.#paths.set(digest, path);
    return { mediaType: layerMediaType(compression ?? 'none'), digest, size };
  }

  async manifest({ digest }: Descriptor): Promise<FetchedManifest> {
    throw new HakoError('not_found', `the archive does not hold the manifest ${digest}`);
  }

  async referrers(): Promise<[]> {
    return [];
  }

  async tagged(): Promise<undefined> {
    return undefined;
  }

  open({ digest }: Descriptor, range: { start: number; end: number }): Readable {
    return this.#files.open(this.#paths.get(digest) ?? digest, range);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#files[Symbol.asyncDispose]();
  }
}

function entryOf(files: ArchiveFiles, name: string | undefined, where: string): Entry {
  const entries = parseEntries(files.read('manifest.json'), where);
  const wanted = name === undefined ? undefined : familiarName(formatReference(withDefaultTag(parseReference(name))));
  const found = entries.filter(({ RepoTags }) => wanted === undefined || RepoTags?.includes(wanted));
  const [first] = found;
  if (first === undefined) throw new HakoError('not_found', `${where} holds no image ${wanted ?? ''}`.trim());
  if (found.length > 1) throw new HakoError('invalid', `${where} holds several images: say which`);
  return first;
}

function parseEntries(bytes: Buffer | undefined, where: string): Entry[] {
  if (bytes === undefined)
    throw new HakoError('invalid', `${where} holds no image: it has neither index.json nor manifest.json`);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new HakoError('invalid', `manifest.json of ${where} is not JSON`, { cause });
  }
  const isText = (each: unknown) => typeof each === 'string';
  const isEntry = (entry: unknown): entry is Entry => {
    const { Config, Layers, RepoTags } = (entry ?? {}) as Record<string, unknown>;
    const tags = RepoTags ?? [];
    return isText(Config) && Array.isArray(Layers) && Layers.every(isText) && Array.isArray(tags) && tags.every(isText);
  };
  if (Array.isArray(value) && value.every(isEntry)) return value;
  throw new HakoError('invalid', `manifest.json of ${where} is malformed`);
}
