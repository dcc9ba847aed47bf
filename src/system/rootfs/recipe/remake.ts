import { closeSync, readSync } from 'node:fs';
import { HakoError } from '#base';
import { toText } from '../bytes.ts';
import { readRecipe, type Stretch } from './format.ts';
import { openFile } from './record.ts';

const BUFFER_BYTES = 1 << 20;

/** Makes the tar of an uncompressed recipe again, from the files in the worker's root. Each chunk is good for as long as one likes. */
export async function* remakeTar(recipe: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let small: Buffer[] = [];
  let smallBytes = 0;
  for await (const record of readRecipe(recipe)) {
    for (const piece of 'literal' in record ? [record.literal] : readStretch(record)) {
      small.push(Buffer.from(piece));
      smallBytes += piece.length;
      if (smallBytes < BUFFER_BYTES) continue;
      yield Buffer.concat(small);
      small = [];
      smallBytes = 0;
    }
  }
  if (smallBytes > 0) yield Buffer.concat(small);
}

function* readStretch({ path, offset, length }: Stretch): Generator<Buffer> {
  const fd = openFile(path);
  if (fd === undefined) throw changed(path);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(length, BUFFER_BYTES));
    for (let done = 0; done < length; ) {
      const count = readSync(fd, buffer, 0, Math.min(buffer.length, length - done), offset + done);
      if (count === 0) throw changed(path);
      yield buffer.subarray(0, count);
      done += count;
    }
  } finally {
    closeSync(fd);
  }
}

function changed(path: string): HakoError {
  return new HakoError('failed_precondition', `the unpacked layer was changed from outside: ${toText(path)}`);
}
