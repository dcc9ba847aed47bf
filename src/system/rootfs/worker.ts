/**
 * A rootfs worker: a process of its own that enters a root, does one command there with synchronous calls, and exits; or comes out
 * again and waits for the next one, where it was asked to.
 * Standard input and output carry archives; descriptor 3 carries the request and the answers, one JSON line each.
 */
import { readSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { errnoCode, errorMessage, isHakoError } from '#base';
import { dieWithParent } from '../confine.ts';
import type { WorkerMessage, WorkerRequest } from './contract.ts';
import { prepare, run } from './run.ts';

const CONTROL = 3;
const NEWLINE = 0x0a;

function readRequest(): { parent: number; request: WorkerRequest } {
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(65_536);
  for (;;) {
    const count = readSync(CONTROL, buffer, 0, buffer.length, null);
    if (count === 0) process.exit(1);
    chunks.push(Buffer.from(buffer.subarray(0, count)));
    if (buffer[count - 1] === NEWLINE) return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  }
}

function send(message: WorkerMessage): void {
  const line = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let start = 0; start < line.length; ) start += writeSync(CONTROL, line, start);
}

/** What a system error means to whoever asked for the work. */
const CODES: Record<string, string> = {
  ENOSPC: 'exhausted',
  EDQUOT: 'exhausted',
  EFBIG: 'exhausted',
  ENOENT: 'not_found',
  ENOTDIR: 'invalid',
  EISDIR: 'invalid',
  ELOOP: 'invalid',
  ENAMETOOLONG: 'invalid',
  EINVAL: 'invalid',
  EROFS: 'failed_precondition',
  EPERM: 'forbidden',
  EACCES: 'forbidden',
  EBUSY: 'conflict',
};

function describeError(error: unknown): WorkerMessage {
  if (isHakoError(error)) return { error: { code: error.code, message: error.message } };
  const errno = errnoCode(error);
  if (errno === undefined) return { error: { code: 'internal', message: errorMessage(error) } };
  return { error: { code: CODES[errno] ?? 'internal', message: errorMessage(error), errno } };
}

/** Ends at once, by SIGKILL: Node's exit hooks would run inside the root, and one of them writes files (the compile cache). */
function end(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
}

/** True where there may be another request. */
async function serve(): Promise<boolean> {
  const { parent, request } = readRequest();
  // A parent that died before the kernel was told to watch it has given this process to somebody else.
  if (process.ppid !== parent) return false;
  const isOneOfMany = 'again' in request && request.again === true;
  if (isOneOfMany) send({ begun: true });
  try {
    send({ result: await run(request, send) });
  } catch (error) {
    send(describeError(error));
    return false;
  }
  return isOneOfMany;
}

dieWithParent();
flushCompileCache();
prepare();
// The buffers of one layer would wait for the collector until the next ones fill the memory.
while (await serve()) globalThis.gc?.();
end();
