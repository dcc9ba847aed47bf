/** Compressors by their parameters, so that the same bytes can be compressed to the same bytes again. */
import { once } from 'node:events';
import { constants, crc32, createDeflateRaw, createZstdCompress } from 'node:zlib';
import type { Compressor } from '../contract.ts';

const CHUNK_BYTES = 1 << 18;
/** 1f 8b, deflate, no flags, no time, no hint, Unix: what zlib writes. */
const PLAIN_HEADER = Buffer.from('1f8b0800000000000003', 'hex').toString('base64');

/** What blobs are compressed with that are made here. Fast and still a third of the size. */
export const OWN_COMPRESSOR: Compressor = { format: 'gzip', level: 4, memLevel: 8, header: PLAIN_HEADER };

type Engine = ReturnType<typeof createDeflateRaw>;

/** Compresses what is written and hands it to `store`, which is synchronous. */
export class Compression {
  readonly #compressor: Compressor;
  readonly #store: (chunk: Buffer) => void;
  readonly #engine: Engine | undefined;
  #failure: unknown;
  #crc = 0;
  #bytes = 0;

  constructor(compressor: Compressor, store: (chunk: Buffer) => void) {
    this.#compressor = compressor;
    this.#store = store;
    this.#engine = engineOf(compressor);
    this.#engine?.on('error', (error) => {
      this.#failure ??= error;
    });
    this.#engine?.on('data', (chunk: Buffer) => this.#passOn(chunk));
    if (compressor.format === 'gzip') store(Buffer.from(compressor.header, 'base64'));
  }

  /** A disk that is full must end the stream, not the process. */
  #passOn(chunk: Buffer): void {
    try {
      this.#store(chunk);
    } catch (error) {
      this.#engine?.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#engine === undefined) return this.#store(chunk);
    if (this.#compressor.format === 'gzip') this.#crc = crc32(chunk, this.#crc);
    this.#bytes += chunk.length;
    if (!this.#engine.write(chunk)) await once(this.#engine, 'drain');
  }

  async finish(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#engine === undefined) return;
    this.#engine.end();
    await once(this.#engine, 'end');
    if (this.#compressor.format === 'gzip') this.#store(this.#gzipTrailer());
  }

  /** RFC 1952: the checksum, and the length modulo 2^32. */
  #gzipTrailer(): Buffer {
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#crc, 0);
    trailer.writeUInt32LE(this.#bytes % 2 ** 32, 4);
    return trailer;
  }
}

function engineOf(compressor: Compressor): Engine | undefined {
  if (compressor.format === 'none') return undefined;
  if (compressor.format === 'gzip') {
    const { level, memLevel } = compressor;
    return createDeflateRaw({ level, memLevel, chunkSize: CHUNK_BYTES });
  }
  return createZstdCompress({ ...zstdOptions(compressor), chunkSize: CHUNK_BYTES }) as unknown as Engine;
}

/** Options of node:zlib for a zstd compressor. */
export function zstdOptions({ level, checksum, contentSize }: Extract<Compressor, { format: 'zstd' }>) {
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: Number(checksum),
    [constants.ZSTD_c_contentSizeFlag]: Number(contentSize !== undefined),
  };
  return { params, ...(contentSize === undefined ? {} : { pledgedSrcSize: contentSize }) };
}
