import type { FileHandle } from 'node:fs/promises';
import type { LogFiles } from './log-files.ts';
import { MAX_HEADER_BYTES, matchHeader } from './record-parser.ts';

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 10;

/**
 * Moves the beginning of the chain to its last `lines` lines, reading backwards from the end and no further than
 * needed. A line is what its writer ended with a newline: records of one long line count once.
 */
export async function seekTail(files: LogFiles, lines: number): Promise<void> {
  const counter = new LineCounter(lines);
  for (let index = files.held.length - 1; index >= 0; index--) {
    const file = files.held[index];
    if (file === undefined) continue;
    file.offset = await tailOffset(file.handle, file.sizeBytes, counter);
    if (!counter.full) continue;
    for (let older = 0; older < index; older++) await files.advance();
    return;
  }
}

/** Where in the file the wanted lines begin; 0 when they begin before it. */
async function tailOffset(handle: FileHandle, sizeBytes: number, counter: LineCounter): Promise<number> {
  if (counter.lines === 0) counter.full = true;
  let tail = sizeBytes;
  for (let end = sizeBytes; end > 0 && !counter.full; end -= BLOCK_BYTES) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const block = await readAt(handle, start, Math.min(sizeBytes, end + MAX_HEADER_BYTES) - start);
    for (const lineStart of lineStarts(block, start, end, sizeBytes)) {
      if (!counter.add(tagAt(block, lineStart - start))) return tail;
      tail = lineStart;
    }
  }
  return counter.full ? tail : 0;
}

/** Offsets in the file at which lines begin, last first, in `start` (only for the file's begin) and up to `end`. */
function* lineStarts(block: Buffer, start: number, end: number, sizeBytes: number): Iterable<number> {
  for (
    let at = block.lastIndexOf(NEWLINE, end - 1 - start);
    at >= 0;
    at = at === 0 ? -1 : block.lastIndexOf(NEWLINE, at - 1)
  ) {
    if (start + at + 1 < sizeBytes) yield start + at + 1;
  }
  if (start === 0) yield 0;
}

function tagAt(block: Buffer, at: number): string | undefined {
  const newline = block.indexOf(NEWLINE, at);
  return matchHeader(block, at, newline === -1 ? block.length : newline)?.[5];
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafeSlow(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Counts lines from the end: by their last record, or by the very last record if its line goes on. */
class LineCounter {
  readonly lines: number;
  full = false;
  #counted = 0;
  #any = false;

  constructor(lines: number) {
    this.lines = lines;
  }

  /** Takes the record before those that were taken; false when it belongs to a line too many. */
  add(tag: string | undefined): boolean {
    if (tag === undefined) return true;
    const endsLine = tag === 'F' || !this.#any;
    this.#any = true;
    if (endsLine && this.#counted === this.lines) this.full = true;
    else if (endsLine) this.#counted++;
    return !this.full;
  }
}
