/** Where a worker's archive comes from: any of the usual compressions, recognised by its first bytes. */
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { PassThrough, pipeline, type Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { errnoCode, HakoError } from '#base';

export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'bzip2';

/** Smaller than speed alone would want: buffers wait for the collector, and a worker is to be small. */
const CHUNK_BYTES = 1 << 16;
const MAGIC: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b, 0x08]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['bzip2', [0x42, 0x5a, 0x68]],
];
const LONGEST_MAGIC = 6;

/** The compression that the first bytes of a stream tell. */
export function compressionOf(start: Uint8Array): Compression {
  const found = MAGIC.find(([, magic]) => magic.every((byte, index) => start[index] === byte));
  return found === undefined ? 'none' : found[0];
}

/** An open archive: what it was compressed with, and its uncompressed bytes. */
export interface ArchiveInput {
  compression: Compression;
  tar: AsyncIterable<Buffer>;
  /** To be called at the end of the tar: reads the stored bytes that follow it and mean nothing. They may be many: zlib ends before them. */
  finish(): Promise<void>;
}

/**
 * Opens the archive that a descriptor or a stream has. `onRaw` sees every stored byte in order. Must be called before the worker enters its root: programs
 * for xz and bzip2 are started here. Reading goes on in Node's thread pool, which touches nothing but open files.
 */
export async function openInput(
  from: number | AsyncIterable<Buffer>,
  onRaw: (chunk: Buffer) => void = () => undefined,
): Promise<ArchiveInput> {
  const options = { highWaterMark: CHUNK_BYTES, autoClose: false };
  const chunks = typeof from === 'number' ? createReadStream('', { fd: from, ...options }) : from;
  const source = chunks[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const start = await firstBytes(source);
  const compression = compressionOf(start);
  const raw = tapped(start, source, onRaw);
  const finish = async () => {
    for (let next = await source.next(); !next.done; next = await source.next()) onRaw(next.value);
  };
  if (compression === 'none') return { compression, tar: raw, finish };
  if (compression === 'xz' || compression === 'bzip2')
    return { compression, tar: readable(throughProgram(raw, compression), compression), finish };
  return { compression, tar: readable(inProcess(raw, compression), compression), finish };
}

async function firstBytes(source: AsyncIterator<Buffer>): Promise<Buffer> {
  let start: Buffer = Buffer.alloc(0);
  while (start.length < LONGEST_MAGIC) {
    const next = await source.next();
    if (next.done) break;
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value]);
  }
  return start;
}

async function* tapped(start: Buffer, rest: AsyncIterator<Buffer>, onRaw: (chunk: Buffer) => void) {
  for (let chunk: Buffer | undefined = start; chunk !== undefined; ) {
    onRaw(chunk);
    yield chunk;
    const next: IteratorResult<Buffer> = await rest.next();
    chunk = next.done ? undefined : next.value;
  }
}

/** Nothing is read before somebody asks for it: until then the caller decides what `onRaw` does. */
async function* inProcess(raw: AsyncIterable<Buffer>, compression: 'gzip' | 'zstd'): AsyncGenerator<Buffer> {
  const output: Transform =
    compression === 'gzip'
      ? createGunzip({ chunkSize: CHUNK_BYTES })
      : createZstdDecompress({ chunkSize: CHUNK_BYTES });
  pipeline(raw, output, () => undefined);
  yield* output;
}

/** xz and bzip2 run as children that were started, and loaded, outside of the root. */
function throughProgram(raw: AsyncIterable<Buffer>, program: string): Readable {
  const child = spawn(program, ['-dc'], { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
  const output = new PassThrough({ highWaterMark: CHUNK_BYTES });
  let complaint = '';
  child.stderr.on('data', (data: Buffer) => {
    complaint = `${complaint}${data}`.slice(-400);
  });
  child.on('error', (error) => output.destroy(missingProgram(program, error)));
  child.on('close', (code) => {
    if (code === 0) output.end();
    else output.destroy(new HakoError('invalid', `the ${program} archive is damaged: ${complaint.trim()}`));
  });
  pipeline(raw, child.stdin, () => undefined);
  child.stdout.pipe(output, { end: false });
  return output;
}

function missingProgram(program: string, error: Error): Error {
  if (errnoCode(error) !== 'ENOENT') return error;
  const packageName = program === 'xz' ? 'xz-utils' : program;
  return new HakoError(
    'failed_precondition',
    `the archive is compressed with ${program}: install the package ${packageName}`,
  );
}

async function* readable(stream: AsyncIterable<Buffer>, compression: Compression): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (error) {
    const code = errnoCode(error) ?? '';
    if (!/^(Z_|ZSTD_|ERR_ZLIB)/.test(code) && !code.startsWith('ERR_STREAM_PREMATURE')) throw error;
    throw new HakoError('invalid', `the ${compression} archive is damaged or truncated: ${code}`, { cause: error });
  }
}
