import type { Readable } from 'node:stream';

/** The longest line: one object with its event around it. */
const MAX_LINE_CHARS = 64 * 1024 * 1024;

/** The lines of a stream of UTF-8 text, without their ends; an incomplete last one is dropped, as its sender broke off. */
export async function* lines(stream: Readable): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const pieces = (pending + decoder.decode(chunk, { stream: true })).split('\n');
    pending = pieces.pop() ?? '';
    if (pending.length > MAX_LINE_CHARS) throw new Error('a line of a watch is too long');
    for (const piece of pieces) if (piece !== '') yield piece;
  }
}
