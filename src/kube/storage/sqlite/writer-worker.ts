/**
 * The thread that writes. While one transaction is committed, requests gather at the port: the next transaction takes all of
 * them (group commit), so a busy storage waits for the disk once for many writes.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Report, Request, Write, WriterData } from './protocol.ts';
import { openForWriting } from './schema.ts';
import { Writer } from './writer.ts';

/** Writes in one transaction: more would make the first of them wait for long. */
const BATCH_LENGTH_MAX = 512;
/** setTimeout cannot wait longer. */
const WAIT_MAX_MS = 2 ** 31 - 1;
/** After expired keys could not be removed (the disk is full). */
const EXPIRE_AGAIN_MS = 1000;

const port = parentPort;
if (port === null) throw new Error('writer-worker.ts runs in a worker');
const { path, limits } = workerData as WriterData;
const database = openForWriting(path);
const writer = new Writer(database, limits);
const report = (message: Report) => port.postMessage(message);
let expiryTimer: NodeJS.Timeout | undefined;
let expiryAtMs = Number.POSITIVE_INFINITY;
let sweeping: NodeJS.Immediate | undefined;

port.on('message', (first: Request) => {
  const requests = [first];
  for (let more = receiveMessageOnPort(port); more !== undefined; more = receiveMessageOnPort(port)) {
    requests.push(more.message as Request);
  }
  const writes = requests.flatMap((request) => (request === 'close' ? [] : request.writes));
  for (let from = 0; from < writes.length; from += BATCH_LENGTH_MAX) {
    report({ outcomes: writer.apply(writes.slice(from, from + BATCH_LENGTH_MAX)) });
  }
  if (requests.includes('close')) close();
  else lookAhead(writes);
});

function lookAhead(writes: readonly Write[]): void {
  if (writes.some((write) => write.kind === 'put' && write.ttlSeconds !== undefined)) awaitExpiry();
  if (writer.isSweepDue) sweepLater();
}

/** Little by little, while nobody waits. */
function sweepLater(): void {
  sweeping ??= setImmediate(() => {
    sweeping = undefined;
    try {
      writer.sweep();
      if (writer.isSweepDue) sweepLater();
    } catch (error) {
      // The disk is full, most likely; the next write sweeps as well.
      process.emitWarning(`storage: ${path} cannot be compacted: ${String(error)}`);
    }
  });
}

function awaitExpiry(): void {
  const atMs = writer.nextExpiryMs();
  if (atMs === undefined || (atMs >= expiryAtMs && expiryTimer !== undefined)) return;
  expireAt(atMs);
}

function expireAt(atMs: number): void {
  clearTimeout(expiryTimer);
  expiryAtMs = atMs;
  expiryTimer = setTimeout(expire, Math.min(Math.max(0, atMs - Date.now()), WAIT_MAX_MS));
}

function expire(): void {
  expiryTimer = undefined;
  try {
    const expirations = writer.expire(Date.now());
    if (expirations.length > 0) report({ expirations });
    awaitExpiry();
  } catch (error) {
    process.emitWarning(`storage: expired keys of ${path} cannot be removed: ${String(error)}`);
    expireAt(Date.now() + EXPIRE_AGAIN_MS);
  }
}

function close(): void {
  clearTimeout(expiryTimer);
  clearImmediate(sweeping);
  database.close();
  port?.close();
}

report({ newest: writer.newest });
awaitExpiry();
if (writer.isSweepDue) sweepLater();
