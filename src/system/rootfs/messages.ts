/** What a worker says, and what its silence means. */
import type { Readable } from 'node:stream';
import { type ErrorCode, HakoError } from '#base';
import type { WorkerMessage } from './contract.ts';
import { MAX_HEAP_MIB } from './launch.ts';
import type { WorkerEnd } from './worker-process.ts';

const STDERR_BYTES = 4096;

/** Calls `onMessage` for every line of a worker's control socket. A line that is no message counts as an error of the worker. */
export function readMessages(control: Readable, onMessage: (message: WorkerMessage) => void): void {
  let pending = '';
  control.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${pending}${text}`.split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) onMessage(messageOf(line));
  });
}

function messageOf(line: string): WorkerMessage {
  try {
    return JSON.parse(line) as WorkerMessage;
  } catch {
    return { error: { code: 'internal', message: `a rootfs worker said ${JSON.stringify(line.slice(0, 200))}` } };
  }
}

/** The error that a worker sent. */
export function toError({ code, message, errno }: { code: string; message: string; errno?: string }): HakoError {
  const advice =
    errno === 'ENOSPC' || errno === 'EDQUOT' ? ': no space is left on the device, free some and try again' : '';
  return new HakoError(code as ErrorCode, `${message}${advice}`);
}

/** What is known of a worker that ended without an answer. */
export function died({ code, signal }: WorkerEnd, complaint: string): HakoError {
  const cause = complaint === '' ? undefined : new Error(complaint);
  if (/heap out of memory|heap limit/.test(complaint))
    return new HakoError('exhausted', `handling the files needs more than ${MAX_HEAP_MIB} MiB of memory: refused`, {
      cause,
    });
  const how = signal === undefined ? `code ${code}` : `signal ${signal}`;
  return new HakoError('internal', `a rootfs worker ended without an answer (${how})`, { cause });
}

/** Keeps the end of what a stream says. */
export function tailOf(stream: Readable): () => string {
  let tail = '';
  stream.on('data', (data: Buffer) => {
    tail = `${tail}${data.toString('utf8')}`.slice(-STDERR_BYTES);
  });
  return () => tail;
}
