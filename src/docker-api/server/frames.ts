/** Docker's multiplexed stream: `[type, 0, 0, 0, length as big-endian u32]`, then the bytes. */
const TYPE = { stdout: 1, stderr: 2, systemerr: 3 } as const;
const HEADER_BYTES = 8;

export type FrameStream = keyof typeof TYPE;

/** One frame: header and payload in one buffer, so that one write sends it. */
export function frame(stream: FrameStream, data: Uint8Array): Buffer {
  const result = Buffer.allocUnsafe(HEADER_BYTES + data.length);
  result.writeUInt32BE(TYPE[stream] * 0x1000000, 0);
  result.writeUInt32BE(data.length, 4);
  result.set(data, HEADER_BYTES);
  return result;
}

export const RAW_STREAM = 'application/vnd.docker.raw-stream';
const MULTIPLEXED_STREAM = 'application/vnd.docker.multiplexed-stream';

/** The content type of output with or without frames; clients before 1.42 know the raw one only. */
export function streamType(options: { tty: boolean; minor: number }): string {
  return !options.tty && options.minor >= 42 ? MULTIPLEXED_STREAM : RAW_STREAM;
}
