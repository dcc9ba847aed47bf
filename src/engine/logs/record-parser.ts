import type { LogRecord } from '../contract.ts';
import { utcTimestamp } from './timestamp.ts';

/** CRI's log format: `<RFC 3339 time> <stream> <F|P>[:tags] <text>`; P says that the line goes on in a later record. */
const HEADER = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{1,9})(Z|[+-]\d\d:\d\d) (stdout|stderr) ([FP])[^ ]*(?: |$)/;
/** No header is longer, whatever its tags. */
export const MAX_HEADER_BYTES = 128;
/** conmon's records have at most 8 KiB of text. What is much longer is not a record. */
const MAX_LINE_BYTES = 1024 * 1024;

const NEWLINE = 10;
const EMPTY = Buffer.alloc(0);

/** The header of the record that begins at `start` and ends before `end`; undefined when there is none. */
export function matchHeader(bytes: Buffer, start: number, end: number): RegExpExecArray | undefined {
  return HEADER.exec(bytes.toString('latin1', start, Math.min(end, start + MAX_HEADER_BYTES))) ?? undefined;
}

/**
 * Cuts a stream of bytes into records, whatever the chunks are. Records share memory with the chunks. Lines that are
 * no records (zeros after a power failure, the rest of a torn line) are left out.
 */
export class RecordParser {
  #fragment: Buffer = EMPTY;
  #skipping = false;

  /** The records that `chunk` completes. */
  push(chunk: Buffer): LogRecord[] {
    const bytes = this.#fragment.length === 0 ? chunk : Buffer.concat([this.#fragment, chunk]);
    const records: LogRecord[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE, start); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      const record = this.#skipping ? undefined : parseRecord(bytes, start, end, true);
      if (record !== undefined) records.push(record);
      this.#skipping = false;
      start = end + 1;
    }
    this.#keep(bytes, start);
    return records;
  }

  /** The torn last line, if its header is whole: its writer was killed, or the disk was full. Starts afresh. */
  flush(): LogRecord[] {
    const bytes = this.#fragment;
    const record = this.#skipping ? undefined : parseRecord(bytes, 0, bytes.length, false);
    this.#fragment = EMPTY;
    this.#skipping = false;
    return record === undefined ? [] : [record];
  }

  #keep(bytes: Buffer, start: number): void {
    this.#fragment = bytes.subarray(start);
    if (this.#fragment.length <= MAX_LINE_BYTES && !this.#skipping) return;
    this.#skipping = true;
    this.#fragment = EMPTY;
  }
}

function parseRecord(bytes: Buffer, lineStart: number, end: number, complete: boolean): LogRecord | undefined {
  let start = lineStart;
  while (bytes[start] === 0) start++;
  const header = matchHeader(bytes, start, end);
  if (header === undefined) return undefined;
  const [whole, local = '', fraction = '', offset = '', stream, tag] = header;
  const partial = tag === 'P' || !complete;
  return {
    stream: stream === 'stderr' ? 'stderr' : 'stdout',
    timestamp: utcTimestamp(local, fraction, offset),
    partial,
    data: bytes.subarray(start + whole.length, partial ? end : end + 1),
  };
}
