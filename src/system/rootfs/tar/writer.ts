import { HakoError } from '#base';
import type { ByteString } from '../bytes.ts';
import type { EntryType, TarEntry } from './entry.ts';
import { BLOCK_BYTES, encodeHeader, fitsOctal } from './header.ts';
import { encodePax, type PaxRecord } from './pax.ts';

/** What an entry to be written must say; the rest has defaults. */
export type NewEntry = Pick<TarEntry, 'name' | 'type'> & Partial<Omit<TarEntry, 'name' | 'type' | 'fragments'>>;

/** Where an archive goes. A promise asks the writer to wait. */
export type Sink = (chunk: Buffer) => Promise<void> | undefined;

const TYPE_FLAGS: Record<EntryType, string> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};
const BUFFER_BYTES = 1 << 20;
const ASCII_ONLY = /^[\x00-\x7f]*$/;

/** The blocks before an entry's bytes: a ustar header, with a PAX header in front of it where it does not say everything. */
export function encodeEntry(entry: NewEntry): Buffer {
  const records = paxRecords(entry);
  const header = encodeHeader({ ...defaults(entry), typeFlag: TYPE_FLAGS[entry.type] });
  if (records.length === 0) return header;
  const body = encodePax(records);
  const name = `PaxHeaders.0/${baseName(entry.name)}`;
  const paxHeader = encodeHeader({ ...defaults({ name, type: 'file', size: body.length }), typeFlag: 'x' });
  return Buffer.concat([paxHeader, body, Buffer.alloc(paddingOf(body.length)), header]);
}

/** Bytes from the end of an entry's data to the next header. */
export function paddingOf(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** The two zero blocks that end an archive. */
export const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK_BYTES);

function defaults(entry: NewEntry) {
  return {
    name: entry.name,
    mode: entry.mode ?? 0o644,
    uid: entry.uid ?? 0,
    gid: entry.gid ?? 0,
    size: entry.size ?? 0,
    mtime: entry.mtime?.seconds ?? 0,
    linkName: entry.linkName ?? '',
    devMajor: entry.devMajor ?? 0,
    devMinor: entry.devMinor ?? 0,
  };
}

function baseName(name: ByteString): ByteString {
  const parts = name.split('/').filter((part) => part !== '');
  return (parts.at(-1) ?? 'root').replace(/[^\x20-\x7e]/g, '_').slice(0, 80);
}

function paxRecords(entry: NewEntry): PaxRecord[] {
  const { name, linkName, uid, gid, size, mtime } = defaults(entry);
  const records: PaxRecord[] = [];
  if (name.length > 100 || !ASCII_ONLY.test(name)) records.push(['path', name]);
  if (linkName.length > 100 || !ASCII_ONLY.test(linkName)) records.push(['linkpath', linkName]);
  if (!fitsOctal(size, 11)) records.push(['size', String(size)]);
  if (!fitsOctal(uid, 7)) records.push(['uid', String(uid)]);
  if (!fitsOctal(gid, 7)) records.push(['gid', String(gid)]);
  if (!fitsOctal(mtime, 11)) records.push(['mtime', String(mtime)]);
  for (const [key, value] of entry.xattrs ?? []) records.push([`SCHILY.xattr.${key}`, value.toString('latin1')]);
  return records;
}

/** Writes an archive through one large buffer. Call `entry`, then `data` for exactly `size` bytes, and `end` at last. */
export class TarWriter {
  readonly #sink: Sink;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #filled = 0;
  #bodyLeft = 0;
  #padding = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  async entry(entry: NewEntry): Promise<void> {
    if (this.#bodyLeft !== 0)
      throw new HakoError('internal', `tar writer: ${this.#bodyLeft} bytes of an entry are missing`);
    await this.#append(Buffer.alloc(this.#padding));
    await this.#append(encodeEntry(entry));
    this.#bodyLeft = entry.size ?? 0;
    this.#padding = paddingOf(this.#bodyLeft);
  }

  /** The bytes are copied: the caller may use its buffer again. */
  async data(chunk: Buffer): Promise<void> {
    if (chunk.length > this.#bodyLeft)
      throw new HakoError('internal', 'tar writer: an entry has more bytes than it announced');
    this.#bodyLeft -= chunk.length;
    await this.#append(chunk);
  }

  async end(): Promise<void> {
    await this.#append(Buffer.alloc(this.#padding));
    await this.#append(END_OF_ARCHIVE);
    await this.#flush();
  }

  async #append(chunk: Buffer): Promise<void> {
    for (let start = 0; start < chunk.length; ) {
      const count = chunk.copy(this.#buffer, this.#filled, start);
      this.#filled += count;
      start += count;
      if (this.#filled === BUFFER_BYTES) await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    if (this.#filled === 0) return;
    await this.#sink(Buffer.from(this.#buffer.subarray(0, this.#filled)));
    this.#filled = 0;
  }
}
