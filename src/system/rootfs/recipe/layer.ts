/** The two commands of a worker that let a blob go and come back. `goInside` enters the layer's folder. */

import { once } from 'node:events';
import { closeSync, createReadStream, fsyncSync, openSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { Commands, Compressor } from '../contract.ts';
import { type ArchiveInput, openInput } from '../input.ts';
import { Meter } from '../limits.ts';
import { CompressedBlob, Digester, writeAll } from '../output.ts';
import { Compression } from './compressor.ts';
import { findCompressors } from './detect.ts';
import { RecipeWriter } from './format.ts';
import { recordTar } from './record.ts';
import { remakeTar } from './remake.ts';

type Record = Commands['recordLayer'];
type Remake = Commands['remakeLayer'];

/** A candidate, and the blob opened anew to prove it: inside nothing can be opened any more. */
interface Attempt {
  compressor: Compressor;
  input: ArchiveInput;
  blob: Digester;
}

export async function recordLayer(request: Record['parameters'], goInside: () => void): Promise<Record['result']> {
  const compressors = await findCompressors(request.inputPath);
  const attempts = await Promise.all(compressors.map((compressor) => openAttempt(request.inputPath, compressor)));
  const recipe = new RecipeFile(request.recipePath);
  goInside();
  const meter = new Meter(request.limits);
  for (const [index, { compressor, input, blob }] of attempts.entries()) {
    const again = new Digester();
    const compression = new Compression(compressor, (chunk) => again.update(chunk));
    const tar = meteredOnce(input.tar, (chunk) => compression.write(chunk));
    if (index === 0) await recordTar(tar, meter, recipe.writer);
    else await drained(tar);
    if (index === 0) await recipe.finish();
    await compression.finish();
    if (again.digest() === blob.digest()) return { compressor };
  }
  return { compressor: null };
}

async function openAttempt(path: string, compressor: Compressor): Promise<Attempt> {
  const blob = new Digester();
  const input = await openInput(openSync(path, 'r'), (chunk) => blob.update(chunk));
  return { compressor, input, blob };
}

/** The blob was unpacked within the limits once, and has not changed. */
async function* meteredOnce(tar: AsyncIterable<Buffer>, onChunk: (chunk: Buffer) => Promise<void>) {
  for await (const chunk of tar) {
    await onChunk(chunk);
    yield chunk;
  }
}

async function drained(tar: AsyncIterable<Buffer>): Promise<void> {
  for await (const _chunk of tar);
}

/** A recipe that is being written. Opened outside of the root. */
class RecipeFile {
  readonly #fd: number;
  readonly #zstd = createZstdCompress();
  readonly writer: RecipeWriter;
  #failure: unknown;

  constructor(path: string) {
    this.#fd = openSync(path, 'w', 0o600);
    this.#zstd.on('data', (chunk: Buffer) => this.#store(chunk));
    this.#zstd.on('error', (error) => {
      this.#failure ??= error;
    });
    this.writer = new RecipeWriter(async (batch) => {
      if (this.#failure !== undefined) throw this.#failure;
      if (!this.#zstd.write(batch)) await once(this.#zstd, 'drain');
    });
  }

  #store(chunk: Buffer): void {
    try {
      writeAll(this.#fd, chunk);
    } catch (error) {
      this.#zstd.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Makes it durable. */
  async finish(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#zstd.end();
    await once(this.#zstd, 'end');
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }
}

export async function remakeLayer(request: Remake['parameters'], goInside: () => void): Promise<Remake['result']> {
  const recipe = createZstdDecompress();
  const stored = createReadStream('', { fd: openSync(request.recipePath, 'r'), highWaterMark: 1 << 18 });
  const blob = new CompressedBlob(request.blobPath, request.compressor);
  goInside();
  pipeline(stored, recipe, () => undefined);
  for await (const chunk of remakeTar(recipe)) await blob.write(chunk);
  return await blob.finish();
}
