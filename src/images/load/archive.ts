import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { type Digest, HakoError } from '#base';
import { callWorker, type ExtractedArchive, type ExtractedFile, type UnpackLimits } from '#system/rootfs';
import { MAX_DOCUMENT_BYTES } from '../unpack/spec.ts';

const MAX_LINKS = 8;

/**
 * The files of an image archive. A worker stored them flat, under numbers; names are only looked up here, and links are followed in
 * this table, never on disk.
 */
export class ImageArchive {
  readonly #dir: string;
  readonly #files: Map<string, ExtractedFile>;
  readonly #byDigest: Map<string, ExtractedFile>;
  readonly #links: Map<string, string>;

  private constructor(dir: string, { files, links }: ExtractedArchive) {
    this.#dir = dir;
    this.#files = new Map(files.map((file) => [file.name, file]));
    this.#byDigest = new Map(files.map((file) => [file.digest, file]));
    this.#links = new Map(links.map(({ name, target, hard }) => [name, hard ? clean(target) : besides(name, target)]));
  }

  /** Takes the archive apart in a folder under ingest/, which the caller removes. */
  static async extract(tar: Readable, dir: string, limits: UnpackLimits, signal?: AbortSignal): Promise<ImageArchive> {
    mkdirSync(dir, { mode: 0o700 });
    const options = { input: tar, ...(signal === undefined ? {} : { signal }) };
    const extracted = await callWorker('extractFiles', { kind: 'directory', dir }, { limits }, options);
    if (extracted.files.length === 0) throw new HakoError('invalid', 'the archive holds no image: it has no files');
    return new ImageArchive(dir, extracted);
  }

  /** The file of a name, through links; undefined where there is none. */
  find(name: string): ExtractedFile | undefined {
    let current = clean(name);
    for (let links = 0; links <= MAX_LINKS; links++) {
      const file = this.#files.get(current);
      const target = this.#links.get(current);
      if (file !== undefined || target === undefined) return file;
      current = target;
    }
    throw new HakoError('invalid', `the archive has a loop of links at ${name}`);
  }

  /** The file with these bytes, wherever it is. Its digest was computed, not believed. */
  findDigest(digest: Digest): ExtractedFile | undefined {
    return this.#byDigest.get(digest);
  }

  /** The bytes of a document. Throws `invalid` where it is missing or too large. */
  read(file: ExtractedFile): Buffer {
    const path = join(this.#dir, file.file);
    if (statSync(path).size > MAX_DOCUMENT_BYTES)
      throw new HakoError('invalid', `${file.name} in the archive is too large`);
    return readFileSync(path);
  }

  pathOf(file: ExtractedFile): string {
    return join(this.#dir, file.file);
  }
}

function clean(name: string): string {
  return posix.normalize(`/${name}`).slice(1);
}

function besides(name: string, target: string): string {
  return clean(posix.join(posix.dirname(`/${name}`), target));
}
