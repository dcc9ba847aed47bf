/** The 512-byte header block of tar: v7, POSIX ustar and GNU (pax(1), "ustar Interchange Format"; GNU tar manual, "Standard"). */
import { HakoError } from '#base';
import type { ByteString } from '../bytes.ts';

export const BLOCK_BYTES = 512;

/** A header block as it is written, before PAX and GNU extensions are applied. */
export interface RawHeader {
  name: ByteString;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtime: number;
  typeFlag: string;
  linkName: ByteString;
  devMajor: number;
  devMinor: number;
}

const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeFlag: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  devMajor: [329, 8],
  devMinor: [337, 8],
  prefix: [345, 155],
} as const satisfies Record<string, readonly [number, number]>;

const GNU_MAGIC = 'ustar  \0';
const CHECKSUM_BLANK = 0x20 * 8;

/** True when the block is all zeros: two of them end an archive. */
export function isZeroBlock(block: Buffer): boolean {
  return block[0] === 0 && block.every((byte) => byte === 0);
}

/** Parses one header block; throws `invalid` where the checksum or a number is wrong. */
export function parseHeader(block: Buffer): RawHeader {
  verifyChecksum(block);
  const magic = raw(block, FIELD.magic);
  const typeFlag = raw(block, FIELD.typeFlag);
  return {
    name: fullName(block, magic),
    mode: parseNumber(block, FIELD.mode, 'mode') & 0o7777,
    uid: identity(block, FIELD.uid, 'uid'),
    gid: identity(block, FIELD.gid, 'gid'),
    size: unsigned(block, FIELD.size, 'size'),
    mtime: parseNumber(block, FIELD.mtime, 'mtime'),
    typeFlag: typeFlag === '\0' ? '0' : typeFlag,
    linkName: text(block, FIELD.linkName),
    ...deviceNumbers(block, typeFlag),
  };
}

/** Only device entries have device numbers; writers leave all kinds of bytes there for the others. */
function deviceNumbers(block: Buffer, typeFlag: string): { devMajor: number; devMinor: number } {
  if (typeFlag !== '3' && typeFlag !== '4') return { devMajor: 0, devMinor: 0 };
  return {
    devMajor: unsigned(block, FIELD.devMajor, 'devmajor'),
    devMinor: unsigned(block, FIELD.devMinor, 'devminor'),
  };
}

function verifyChecksum(block: Buffer): void {
  const expected = /^[ 0]*([0-7]{1,6})[ \0]*$/.exec(raw(block, FIELD.checksum))?.[1] ?? 'NaN';
  let [unsignedSum, signedSum] = [0, 0];
  for (let index = 0; index < BLOCK_BYTES; index++) {
    const blank = index >= FIELD.checksum[0] && index < FIELD.checksum[0] + FIELD.checksum[1];
    const byte = blank ? 0x20 : (block[index] ?? 0);
    unsignedSum += byte;
    signedSum += byte > 127 ? byte - 256 : byte;
  }
  if (![unsignedSum, signedSum].includes(Number.parseInt(expected, 8))) {
    throw new HakoError('invalid', 'not a tar archive, or a damaged one: the checksum of a header is wrong');
  }
}

/** ustar splits long names; GNU uses the bytes of the prefix for other things. */
function fullName(block: Buffer, magic: string): ByteString {
  const name = text(block, FIELD.name);
  if (!magic.startsWith('ustar') || magic === GNU_MAGIC) return name;
  const prefix = text(block, FIELD.prefix);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function raw(block: Buffer, [start, length]: readonly [number, number]): ByteString {
  return block.toString('latin1', start, start + length);
}

function text(block: Buffer, field: readonly [number, number]): ByteString {
  const bytes = raw(block, field);
  const end = bytes.indexOf('\0');
  return end < 0 ? bytes : bytes.slice(0, end);
}

function unsigned(block: Buffer, field: readonly [number, number], what: string): number {
  const value = parseNumber(block, field, what);
  if (value < 0) throw new HakoError('invalid', `the tar archive is damaged: a header has a negative ${what}`);
  return value;
}

const MAX_ID = 0xfffffffe;

function identity(block: Buffer, field: readonly [number, number], what: string): number {
  const value = unsigned(block, field, what);
  if (value > MAX_ID) throw new HakoError('invalid', `the tar archive has a ${what} that no system can have: ${value}`);
  return value;
}

/** A number of a header: octal text, or base-256 where the first bit is set (the GNU extension for large and negative numbers). */
export function parseNumber(block: Buffer, [start, length]: readonly [number, number], what: string): number {
  const first = block[start] ?? 0;
  if ((first & 0x80) !== 0) return base256(block.subarray(start, start + length), what);
  const digits = raw(block, [start, length]).replace(/^[ \0]+|[ \0]+$/g, '');
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits))
    throw new HakoError('invalid', `the tar archive is damaged: a header has a malformed ${what}`);
  return Number.parseInt(digits, 8);
}

function base256(bytes: Buffer, what: string): number {
  const negative = ((bytes[0] ?? 0) & 0x40) !== 0;
  let value = BigInt((bytes[0] ?? 0) & 0x3f) - (negative ? 0x40n : 0n);
  for (const byte of bytes.subarray(1)) value = (value << 8n) | BigInt(byte);
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)) {
    throw new HakoError('invalid', `the tar archive is damaged: a header has an absurd ${what}`);
  }
  return Number(value);
}

/** The largest number that fits an octal field with its terminator. */
export function fitsOctal(value: number, digits: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 8 ** digits;
}

/** Writes a ustar header block. Values that do not fit are written as 0 or cut: a PAX header before it carries them. */
export function encodeHeader(header: RawHeader): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(header.name.slice(0, FIELD.name[1]), FIELD.name[0], 'latin1');
  octal(block, FIELD.mode, header.mode);
  octal(block, FIELD.uid, header.uid);
  octal(block, FIELD.gid, header.gid);
  octal(block, FIELD.size, header.size);
  octal(block, FIELD.mtime, header.mtime);
  block.write(header.typeFlag, FIELD.typeFlag[0], 'latin1');
  block.write(header.linkName.slice(0, FIELD.linkName[1]), FIELD.linkName[0], 'latin1');
  block.write('ustar\x0000', FIELD.magic[0], 'latin1');
  octal(block, FIELD.devMajor, header.devMajor);
  octal(block, FIELD.devMinor, header.devMinor);
  const sum = block.reduce((total, byte) => total + byte, CHECKSUM_BLANK);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, FIELD.checksum[0], 'latin1');
  return block;
}

function octal(block: Buffer, [start, length]: readonly [number, number], value: number): void {
  const digits = length - 1;
  const written = fitsOctal(value, digits) ? value : 0;
  block.write(`${written.toString(8).padStart(digits, '0')}\0`, start, 'latin1');
}
