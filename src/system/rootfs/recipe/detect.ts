/** Finds out how a blob was compressed, by compressing its beginning in every way that we know. */
import { closeSync, openSync, readSync } from 'node:fs';
import { constants, createGunzip, createZstdDecompress, deflateRawSync, zstdCompressSync } from 'node:zlib';
import type { Compressor } from '../contract.ts';
import { compressionOf } from '../input.ts';
import { OWN_COMPRESSOR, zstdOptions } from './compressor.ts';

const RAW_BYTES = 1 << 20;
const TAR_BYTES = 1 << 20;
/** Each candidate costs a whole compression to be proved. */
const MAX_CANDIDATES = 3;
const GZIP_LEVELS = [6, 9, 4, 1, 5, 3, 2, 7, 8];
const ZSTD_LEVELS = [3, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/** The beginning of a blob, before and after decompression. */
interface Beginning {
  raw: Buffer;
  tar: Buffer;
  /** The beginning is all there is. */
  isWhole: boolean;
}

/** Compressors whose output begins as the blob does, likely ones first. None where nobody we know made it. */
export async function findCompressors(path: string): Promise<Compressor[]> {
  const beginning = await readBeginning(path);
  const compression = compressionOf(beginning.raw);
  if (compression === 'none') return [{ format: 'none' }];
  const all = compression === 'gzip' ? gzips(beginning.raw) : compression === 'zstd' ? zstds(beginning.raw) : [];
  return all.filter((compressor) => startsAlike(compressor, beginning)).slice(0, MAX_CANDIDATES);
}

async function readBeginning(path: string): Promise<Beginning> {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(RAW_BYTES);
    const raw = buffer.subarray(0, readSync(fd, buffer, 0, RAW_BYTES, 0));
    const tar = await decompressedBeginning(raw);
    return { raw, tar, isWhole: raw.length < RAW_BYTES && tar.length < TAR_BYTES };
  } finally {
    closeSync(fd);
  }
}

/** What `raw`, which may end anywhere, decompresses to; not more than is needed, whatever it expands to. */
async function decompressedBeginning(raw: Buffer): Promise<Buffer> {
  const compression = compressionOf(raw);
  if (compression !== 'gzip' && compression !== 'zstd') return raw;
  const stream =
    compression === 'gzip'
      ? createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })
      : createZstdDecompress({ finishFlush: constants.ZSTD_e_continue });
  stream.end(raw);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes >= TAR_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, TAR_BYTES);
}

function gzips(raw: Buffer): Compressor[] {
  const length = gzipHeaderLength(raw);
  if (length === undefined) return [];
  const header = raw.toString('base64', 0, length);
  const others = [8, 9].flatMap((memLevel) =>
    GZIP_LEVELS.map((level): Compressor => ({ format: 'gzip', level, memLevel, header })),
  );
  return [{ ...OWN_COMPRESSOR, header } as Compressor, ...others];
}

/** RFC 1952, section 2.3: extra field, name, comment and checksum of the header are optional. */
export function gzipHeaderLength(raw: Buffer): number | undefined {
  const flags = raw[3] ?? 0;
  let length = 10;
  if ((flags & 4) !== 0 && raw.length >= 12) length += 2 + raw.readUInt16LE(10);
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const end = raw.indexOf(0, length);
    if (end < 0) return undefined;
    length = end + 1;
  }
  if ((flags & 2) !== 0) length += 2;
  return length < raw.length ? length : undefined;
}

/** RFC 8878, section 3.1.1.1: the frame header says whether there are a checksum and the size of the content. */
function zstds(raw: Buffer): Compressor[] {
  if (raw.length < 14) return [];
  const descriptor = raw[4] ?? 0;
  const checksum = (descriptor & 4) !== 0;
  const contentSize = zstdContentSize(raw, descriptor);
  return ZSTD_LEVELS.map((level) => ({
    format: 'zstd',
    level,
    checksum,
    ...(contentSize === undefined ? {} : { contentSize }),
  }));
}

function zstdContentSize(raw: Buffer, descriptor: number): number | undefined {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const start = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  const code = descriptor >> 6;
  if (code === 0) return isSingleSegment ? raw[start] : undefined;
  if (code === 1) return raw.readUInt16LE(start) + 256;
  return code === 2 ? raw.readUInt32LE(start) : Number(raw.readBigUInt64LE(start));
}

function startsAlike(compressor: Compressor, { raw, tar, isWhole }: Beginning): boolean {
  if (compressor.format === 'none') return true;
  const finishFlush = isWhole ? constants.Z_FINISH : constants.Z_NO_FLUSH;
  const output =
    compressor.format === 'gzip'
      ? Buffer.concat([Buffer.from(compressor.header, 'base64'), deflateRawSync(tar, { ...compressor, finishFlush })])
      : zstdBeginning(tar, compressor);
  const length = Math.min(output.length, raw.length);
  return output.subarray(0, length).equals(raw.subarray(0, length));
}

function zstdBeginning(tar: Buffer, compressor: Extract<Compressor, { format: 'zstd' }>): Buffer {
  const isWhole = compressor.contentSize === tar.length;
  const finishFlush = isWhole ? constants.ZSTD_e_end : constants.ZSTD_e_continue;
  return zstdCompressSync(tar, { ...zstdOptions(compressor), finishFlush });
}
