/** Archives for tests, honest and hostile. */
import { Readable } from 'node:stream';
import { END_OF_ARCHIVE, encodeEntry, type NewEntry, paddingOf } from './tar/mod.ts';

export type FixtureEntry = Partial<NewEntry> & { name: string; body?: string | Buffer };

/** A tar with these entries; a name alone is an empty file, one with a slash at its end a folder. */
export function tarOf(...entries: (FixtureEntry | string)[]): Buffer {
  const parts = entries.map((entry) => entryBytes(typeof entry === 'string' ? { name: entry } : entry));
  return Buffer.concat([...parts, END_OF_ARCHIVE]);
}

function entryBytes({ body = '', ...entry }: FixtureEntry): Buffer {
  const bytes = Buffer.from(body);
  const type = entry.type ?? (entry.name.endsWith('/') ? 'directory' : 'file');
  const mode = entry.mode ?? (type === 'directory' ? 0o755 : 0o644);
  const size = entry.size ?? bytes.length;
  return Buffer.concat([encodeEntry({ ...entry, type, mode, size }), bytes, Buffer.alloc(paddingOf(bytes.length))]);
}

/** The bytes as a stream, in chunks of `chunkBytes`. */
export function streamOf(bytes: Buffer, chunkBytes = 65_536): Readable {
  const count = Math.ceil(bytes.length / chunkBytes);
  const chunks = Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  return Readable.from(chunks, { objectMode: false });
}
