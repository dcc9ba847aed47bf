/** Docker's multiplexed stream: frames of `[type, 0, 0, 0, length as u32 BE]` and data. */
import { CliError } from '../errors.ts';

export type FrameStream = 'stdout' | 'stderr';

export interface Frame {
  stream: FrameStream;
  data: Buffer;
}

const HEADER_BYTES = 8;
const SYSTEM_ERROR = 3;

/** The pieces of both streams in order, without waiting for whole frames. A system error frame throws CliError. */
export async function* demultiplex(body: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let pending: Buffer = Buffer.alloc(0);
  let type = 0;
  let left = 0;
  for await (const chunk of body) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (left > 0 ? pending.length > 0 : pending.length >= HEADER_BYTES) {
      if (left === 0) {
        [type, left] = [pending[0] ?? 0, pending.readUInt32BE(4)];
        pending = pending.subarray(HEADER_BYTES);
        if (type === SYSTEM_ERROR) throw new CliError(await readRest(pending, body));
        continue;
      }
      const data = pending.subarray(0, left);
      pending = pending.subarray(data.length);
      left -= data.length;
      yield { stream: type === 2 ? 'stderr' : 'stdout', data };
    }
  }
}

async function readRest(first: Buffer, body: AsyncIterable<Buffer>): Promise<string> {
  const chunks = [first];
  for await (const chunk of body) chunks.push(chunk);
  return `the daemon ended the stream: ${Buffer.concat(chunks).toString().trim()}`;
}
