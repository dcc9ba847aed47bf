import type { LogOptions, LogRecord } from '../contract.ts';
import { type LogFile, LogFiles } from './log-files.ts';
import { LogWatch } from './log-watch.ts';
import { RecordParser } from './record-parser.ts';
import { seekTail } from './seek-tail.ts';
import { timestampMs } from './timestamp.ts';

const CHUNK_BYTES = 128 * 1024;
/** Records share memory with what was read: a small piece is copied, so that it does not hold a whole chunk. */
const COPY_BELOW_BYTES = CHUNK_BYTES / 8;

/**
 * Reads the log whose newest file is `path` and whose older ones are `path.1`, `path.2` and so on.
 *
 * With `follow` it goes on across rotations, without loss or repetition, until `ended` resolves (the container has ended
 * and its output is written) and all was delivered, until `untilMs`, or until the signal aborts, which ends it quietly.
 * Without, it ends at what was written when it began. As in Docker, `tail` counts before `since` and the streams select.
 * A reader that leaves while it waits must abort the signal: an async generator cannot be left in mid-wait.
 */
export async function* readLogs(
  path: string,
  options: LogOptions,
  ended: Promise<void> = Promise.resolve(),
): AsyncGenerator<LogRecord, void, void> {
  using watch = options.follow ? new LogWatch(path, options, ended) : undefined;
  await using files = new LogFiles(path);
  await files.discover();
  if (options.tail !== undefined) await seekTail(files, options.tail);
  for await (const batch of batches(files, watch, options.signal)) {
    for (const record of batch) {
      const place = placeInTime(record, options);
      if (place === 'after') return;
      const wanted = record.stream === 'stdout' ? options.stdout : options.stderr;
      if (wanted && place === 'within') yield record;
    }
  }
}

function placeInTime(record: LogRecord, { sinceMs, untilMs }: LogOptions): 'before' | 'within' | 'after' {
  if (sinceMs === undefined && untilMs === undefined) return 'within';
  const atMs = timestampMs(record.timestamp);
  if (sinceMs !== undefined && atMs < sinceMs) return 'before';
  return untilMs !== undefined && atMs > untilMs ? 'after' : 'within';
}

/** All records of the chain, file after file; with `watch`, those that come too. */
async function* batches(
  files: LogFiles,
  watch: LogWatch | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogRecord[], void, void> {
  const parser = new RecordParser();
  while (!signal?.aborted) {
    // The order matters: what is read after the end, or after a successor was found, is all that will ever be there.
    const finished = watch?.finished ?? true;
    if (watch !== undefined && (watch.takeRenamed() || finished)) await files.discover();
    const file = files.held[0];
    const complete = finished || files.held.length > 1;
    if (file !== undefined) yield* chunksOf(file, parser, { toSize: watch === undefined, signal });
    if (file !== undefined && complete) {
      yield parser.flush();
      await files.advance();
    } else if (finished) return;
    else await watch?.wait();
  }
}

/** What is in the file from its offset on, up to its end or to the size that it had when it was opened. */
async function* chunksOf(
  file: LogFile,
  parser: RecordParser,
  { toSize, signal }: { toSize: boolean; signal: AbortSignal | undefined },
): AsyncGenerator<LogRecord[], void, void> {
  let buffer: Buffer | undefined;
  while (!signal?.aborted) {
    const length = toSize ? Math.min(CHUNK_BYTES, file.sizeBytes - file.offset) : CHUNK_BYTES;
    if (length <= 0) return;
    buffer ??= Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const { bytesRead } = await file.handle.read(buffer, 0, length, file.offset);
    if (bytesRead === 0) return;
    file.offset += bytesRead;
    const chunk = buffer.subarray(0, bytesRead);
    if (bytesRead >= COPY_BELOW_BYTES) buffer = undefined;
    yield parser.push(buffer === undefined ? chunk : Buffer.from(chunk));
  }
}
