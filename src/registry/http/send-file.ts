import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { ByteRange } from './range.ts';

const CHUNK_BYTES = 1 << 19;
/** Buffers that wait for their next file; more than this many at a time are left to the garbage collector. */
const MAX_SPARE = 32;
const spare: Buffer[] = [];

/**
 * Writes a part of a file to an answer whose headers are set, and ends it. While one piece goes out the next is read, in two buffers that
 * later answers use again: memory stays the same however much passes through. Of a file that still grows, `arrived` tells how far it is.
 */
export async function sendFile(
  response: ServerResponse,
  file: FileHandle,
  range: ByteRange,
  arrived?: (positionBytes: number) => Promise<number>,
): Promise<void> {
  const buffers = [takeBuffer(), takeBuffer()];
  let written: Promise<void> = Promise.resolve();
  try {
    for (let position = range.start, turn = 0; position < range.end; turn ^= 1) {
      const buffer = buffers[turn] ?? Buffer.alloc(CHUNK_BYTES);
      const end = arrived === undefined ? range.end : Math.min(range.end, await arrived(position));
      const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK_BYTES, end - position), position);
      if (bytesRead === 0) throw new Error('the file is shorter than it was');
      await written;
      written = write(response, buffer.subarray(0, bytesRead));
      // An error is met at the next await; until then nobody listens.
      written.catch(() => undefined);
      position += bytesRead;
    }
    await written;
    response.end();
  } finally {
    await written.catch(() => undefined);
    for (const buffer of buffers) if (spare.length < MAX_SPARE) spare.push(buffer);
  }
}

function takeBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
}

/** Resolves when the kernel has the bytes, and their buffer may be used again. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
