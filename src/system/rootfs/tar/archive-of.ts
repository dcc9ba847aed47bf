import { Readable } from 'node:stream';
import { END_OF_ARCHIVE, encodeEntry, type NewEntry, paddingOf } from './writer.ts';

/** An entry whose bytes are at hand. */
export type EntryWithBody = Partial<NewEntry> & { name: string; body?: string | Buffer };

/**
 * One entry with its bytes and padding. A name with a slash at its end is a folder unless `type` says otherwise; `size` may lie, for
 * tests of readers.
 */
export function entryOf({ body = '', ...entry }: EntryWithBody): Buffer {
  const bytes = Buffer.from(body);
  const type = entry.type ?? (entry.name.endsWith('/') ? 'directory' : 'file');
  const mode = entry.mode ?? (type === 'directory' ? 0o755 : 0o644);
  const size = entry.size ?? bytes.length;
  return Buffer.concat([encodeEntry({ ...entry, type, mode, size }), bytes, Buffer.alloc(paddingOf(bytes.length))]);
}

/** A whole small archive; a name alone is an empty file or folder. */
export function archiveOf(...entries: (EntryWithBody | string)[]): Buffer {
  const parts = entries.map((entry) => entryOf(typeof entry === 'string' ? { name: entry } : entry));
  return Buffer.concat([...parts, END_OF_ARCHIVE]);
}

/** Bytes as a stream, in chunks of `chunkBytes`. */
export function streamOf(bytes: Buffer, chunkBytes = 65_536): Readable {
  const count = Math.ceil(bytes.length / chunkBytes);
  const chunks = Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  return Readable.from(chunks, { objectMode: false });
}
