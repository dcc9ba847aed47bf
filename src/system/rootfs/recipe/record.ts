import { closeSync, constants, lstatSync, openSync, readSync } from 'node:fs';
import { ignoring } from '#base';
import { type ByteString, toPath } from '../bytes.ts';
import type { Meter } from '../limits.ts';
import { type Fragment, type TarEntry, TarReader } from '../tar/mod.ts';
import { cleanName } from '../unpack/names.ts';
import type { RecipeWriter } from './format.ts';

/** What is shorter than a stretch's own record. */
const MIN_STRETCH = 48;
const READ_FILE = constants.O_RDONLY | constants.O_NOFOLLOW;

/**
 * Records how `tar` is made again from the files that it was unpacked to, in the worker's root. A file is only referred to where its
 * bytes were compared and are the same, so nothing has to be believed: bodies that were replaced by later entries, belong to whiteouts
 * or lie behind a link that leads elsewhere simply become literals.
 */
export async function recordTar(tar: AsyncIterable<Buffer>, meter: Meter, recipe: RecipeWriter): Promise<void> {
  let isBody = false;
  const reader = new TarReader(tar, (bytes) => {
    if (!isBody) recipe.literal(bytes);
  });
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    if (entry.type !== 'file' || entry.size < MIN_STRETCH) continue;
    isBody = true;
    using body = new BodyRecorder(entry, cleanName(entry.name, meter), recipe);
    for (let piece = await reader.read(); piece !== undefined; piece = await reader.read()) {
      body.add(piece);
      await recipe.flush();
    }
    isBody = false;
  }
  await reader.drain();
  await recipe.end();
}

/** Compares the stored bytes of one entry with its file. */
class BodyRecorder implements Disposable {
  readonly #name: ByteString;
  readonly #recipe: RecipeWriter;
  readonly #fragments: Fragment[];
  #fd: number | undefined;
  #done = 0;

  constructor(entry: TarEntry, name: ByteString, recipe: RecipeWriter) {
    this.#name = name;
    this.#recipe = recipe;
    this.#fragments = [...(entry.fragments ?? [{ offset: 0, length: entry.size }])].reverse();
    this.#fd = openFile(name);
  }

  add(piece: Buffer): void {
    for (let rest = piece; rest.length > 0; ) {
      const fragment = this.#fragments.at(-1);
      if (fragment === undefined) {
        this.#recipe.literal(rest);
        return;
      }
      const part = rest.subarray(0, fragment.length - this.#done);
      this.#addPart(part, fragment.offset + this.#done);
      this.#done += part.length;
      rest = rest.subarray(part.length);
      if (this.#done < fragment.length) continue;
      this.#fragments.pop();
      this.#done = 0;
    }
  }

  #addPart(part: Buffer, offset: number): void {
    if (part.length === 0) return;
    if (this.#fd !== undefined && hasBytes(this.#fd, offset, part)) {
      this.#recipe.stretch(this.#name, offset, part.length);
      return;
    }
    this[Symbol.dispose]();
    this.#recipe.literal(part);
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** Devices of a layer are never opened, not even for a look. Nothing changes in a layer, so the look counts. */
export function openFile(name: ByteString): number | undefined {
  return ignoring(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'], () => {
    const path = toPath(`/${name}`);
    return lstatSync(path).isFile() ? openSync(path, READ_FILE) : undefined;
  });
}

let buffer = Buffer.alloc(0);

function hasBytes(fd: number, offset: number, expected: Buffer): boolean {
  if (buffer.length < expected.length) buffer = Buffer.allocUnsafe(expected.length);
  for (let done = 0; done < expected.length; ) {
    const count = readSync(fd, buffer, done, expected.length - done, offset + done);
    if (count === 0) return false;
    done += count;
  }
  return buffer.subarray(0, expected.length).equals(expected);
}
