/** An archive file that somebody else is still writing. */
import { read } from 'node:fs';
import { promisify } from 'node:util';
import { HakoError } from '#base';

const readAt = promisify(read);
const CHUNK_BYTES = 1 << 16;
const MARK_BYTES = 8;

/** What a worker is told: so many bytes are there now. */
export function growthMark(bytes: number): Buffer {
  const mark = Buffer.alloc(MARK_BYTES);
  mark.writeBigUInt64LE(BigInt(bytes));
  return mark;
}

/** The bytes of `fd` as far as `marks` say that they are there; where the marks end, the file does. */
export async function* growingFile(fd: number, marks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let position = 0;
  for await (const bytes of latest(marks)) {
    while (position < bytes) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, bytes - position));
      const { bytesRead } = await readAt(fd, buffer, 0, buffer.length, position);
      if (bytesRead === 0) throw new HakoError('internal', `the archive ends at ${position} of ${bytes} bytes`);
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}

/** Of marks that come together only the last one counts. */
async function* latest(marks: AsyncIterable<Buffer>): AsyncGenerator<number> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of marks) {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = all.length - (all.length % MARK_BYTES);
    rest = all.subarray(whole);
    if (whole > 0) yield Number(all.readBigUInt64LE(whole - MARK_BYTES));
  }
}
