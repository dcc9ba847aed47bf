import { HakoError } from '#base';
import { type ByteString, toText } from '../bytes.ts';
import { BlockReader } from './blocks.ts';
import type { EntryType, TarEntry } from './entry.ts';
import { BLOCK_BYTES, isZeroBlock, parseHeader, type RawHeader } from './header.ts';
import { type PaxRecord, parsePax, parsePaxNumber, parsePaxTime } from './pax.ts';
import { checkFragments, readGnuSparse, readPaxSparse, type SparseMap } from './sparse.ts';

/** Longest PAX header or GNU long name: what Go's archive/tar accepts, so what Docker accepts. */
const MAX_EXTENSION_BYTES = 1 << 20;
/** Extension headers before one entry; real archives have at most three. */
const MAX_EXTENSIONS = 16;
/** PATH_MAX without its NUL. */
const MAX_NAME_BYTES = 4095;
const MAX_ID = 0xfffffffe;

const TYPES: Record<string, EntryType> = {
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
  S: 'file',
  D: 'directory',
};

/** What the headers before an entry said about it. */
interface Extensions {
  pax: PaxRecord[];
  longName: ByteString | undefined;
  longLink: ByteString | undefined;
}

/**
 * Reads an archive of any common dialect (v7, ustar, GNU, PAX), entry by entry. Nothing it reads is trusted: lengths,
 * numbers and maps are checked, memory is bounded. Names are not: that is for whoever writes files.
 */
export class TarReader {
  readonly #blocks: BlockReader;
  #bodyLeft = 0;
  #padding = 0;

  /** `onBytes` sees every byte of the archive in order, at the moment when it is read or skipped. */
  constructor(source: AsyncIterable<Buffer>, onBytes?: (bytes: Buffer) => void) {
    this.#blocks = new BlockReader(source, onBytes);
  }

  /** The next entry, or undefined at the end of the archive. What was not read of the previous one is skipped. */
  async next(): Promise<TarEntry | undefined> {
    const extensions: Extensions = { pax: [], longName: undefined, longLink: undefined };
    for (let count = 0; count <= MAX_EXTENSIONS; ) {
      await this.#finishBody();
      const block = await this.#blocks.exactly(BLOCK_BYTES);
      if (block === undefined || isZeroBlock(block)) return undefined;
      const header = parseHeader(block);
      if (header.typeFlag === 'V') this.#expectBody(header.size);
      else if (await this.#readExtension(header, extensions)) count++;
      else return await this.#entry(header, Buffer.from(block), extensions);
    }
    throw new HakoError('invalid', `the tar archive has more than ${MAX_EXTENSIONS} extended headers before one entry`);
  }

  /** The next piece of the stored bytes of the current entry, good until the next call; undefined at their end. */
  async read(): Promise<Buffer | undefined> {
    if (this.#bodyLeft === 0) return undefined;
    const piece = await this.#blocks.some(this.#bodyLeft);
    if (piece === undefined)
      throw new HakoError('invalid', 'the tar archive is truncated: it ends in the middle of a file');
    this.#bodyLeft -= piece.length;
    return piece;
  }

  /** Reads what follows the archive, to the end of the stream. */
  drain(): Promise<void> {
    return this.#blocks.drain();
  }

  #expectBody(size: number): void {
    this.#bodyLeft = size;
    this.#padding = (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
  }

  async #finishBody(): Promise<void> {
    await this.#blocks.skip(this.#bodyLeft + this.#padding);
    this.#expectBody(0);
  }

  /** Takes in a header that says something about the next one; answers false where it is an entry itself. */
  async #readExtension(header: RawHeader, extensions: Extensions): Promise<boolean> {
    if (!'xgLKX'.includes(header.typeFlag)) return false;
    if (header.size > MAX_EXTENSION_BYTES) {
      throw new HakoError(
        'invalid',
        `the tar archive has an extended header of ${header.size} bytes; at most 1 MiB is read`,
      );
    }
    this.#expectBody(header.size);
    const body = (header.size === 0 ? undefined : await this.#blocks.exactly(header.size)) ?? Buffer.alloc(0);
    this.#bodyLeft = 0;
    if (header.typeFlag === 'x' || header.typeFlag === 'X') extensions.pax = parsePax(body);
    if (header.typeFlag === 'L') extensions.longName = untilNul(body);
    if (header.typeFlag === 'K') extensions.longLink = untilNul(body);
    return true;
  }

  async #entry(header: RawHeader, block: Buffer, extensions: Extensions): Promise<TarEntry> {
    const entry = mergedEntry(header, extensions);
    const size = paxValue(extensions.pax, 'size');
    const storedBytes = entry.type === 'file' ? (size === undefined ? header.size : parsePaxNumber(size)) : 0;
    const hasBody = entry.type === 'file' || header.typeFlag === 'D';
    this.#expectBody(hasBody ? (entry.type === 'file' ? storedBytes : header.size) : 0);
    if (entry.type !== 'file') return entry;
    const sparse = await this.#sparseMap(header, block, extensions.pax);
    if (sparse === undefined) return { ...entry, size: storedBytes };
    this.#bodyLeft = storedBytes - sparse.mapBytes;
    checkFragments(sparse.fragments, sparse.realSize, this.#bodyLeft);
    return { ...entry, size: sparse.realSize, fragments: sparse.fragments };
  }

  #sparseMap(header: RawHeader, block: Buffer, pax: readonly PaxRecord[]): Promise<SparseMap | undefined> {
    return header.typeFlag === 'S' ? readGnuSparse(block, this.#blocks) : readPaxSparse(pax, this.#blocks);
  }
}

function untilNul(body: Buffer): ByteString {
  const end = body.indexOf(0);
  return body.toString('latin1', 0, end < 0 ? body.length : end);
}

function paxValue(pax: readonly PaxRecord[], key: string): ByteString | undefined {
  const value = pax.findLast(([name]) => name === key)?.[1];
  return value === '' ? undefined : value;
}

function mergedEntry(header: RawHeader, { pax, longName, longLink }: Extensions): TarEntry {
  const name = checkedName(paxValue(pax, 'GNU.sparse.name') ?? paxValue(pax, 'path') ?? longName ?? header.name);
  const mtime = paxValue(pax, 'mtime');
  const identity = (key: string, fallback: number) => {
    const value = paxValue(pax, key);
    return value === undefined ? fallback : parsePaxNumber(value, MAX_ID);
  };
  return {
    name,
    type: entryType(header, name),
    mode: header.mode,
    uid: identity('uid', header.uid),
    gid: identity('gid', header.gid),
    size: 0,
    mtime: mtime === undefined ? { seconds: header.mtime, nanoseconds: 0 } : parsePaxTime(mtime),
    linkName: checkedName(paxValue(pax, 'linkpath') ?? longLink ?? header.linkName),
    devMajor: header.devMajor,
    devMinor: header.devMinor,
    xattrs: xattrsOf(pax),
    fragments: undefined,
  };
}

/** Old archives have no type for folders: a name that ends with a slash says it. */
function entryType(header: RawHeader, name: ByteString): EntryType {
  const type = TYPES[header.typeFlag];
  if (type === undefined) {
    const flag = JSON.stringify(header.typeFlag);
    throw new HakoError(
      'invalid',
      `${shown(name)}: the tar archive has an entry of type ${flag}, which is not supported`,
    );
  }
  return type === 'file' && header.typeFlag !== 'S' && name.endsWith('/') ? 'directory' : type;
}

function checkedName(name: ByteString): ByteString {
  if (name.includes('\0')) throw new HakoError('invalid', `${shown(name)}: a name in the tar archive has a NUL byte`);
  if (name.length <= MAX_NAME_BYTES) return name;
  throw new HakoError('invalid', `${shown(name)}: a name in the tar archive is longer than ${MAX_NAME_BYTES} bytes`);
}

/** A name for an error message. */
function shown(name: ByteString): string {
  const text = toText(name);
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}

const SCHILY = 'SCHILY.xattr.';

/** Values are raw bytes: each character of the record is one. */
function xattrsOf(pax: readonly PaxRecord[]): Map<string, Buffer> {
  const found = pax.filter(([key]) => key.startsWith(SCHILY) && key.length > SCHILY.length && !key.includes('\0'));
  return new Map(found.map(([key, value]) => [key.slice(SCHILY.length), Buffer.from(value, 'latin1')]));
}
