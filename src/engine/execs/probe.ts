import { newId } from '#base';
import type { EngineContext } from '../context.ts';
import type { Entry } from '../store/entry.ts';
import { execProcess } from './process.ts';

/** Output beyond this is read and dropped, so that a chatty probe cannot fill the daemon. */
const MAX_OUTPUT_BYTES = 4096;

/** Runs one health probe in the container; aborting `signal` kills it. */
export async function runProbe(
  context: EngineContext,
  entry: Entry,
  test: readonly string[],
  signal: AbortSignal,
): Promise<{ exitCode: number; output: string }> {
  const [kind, ...rest] = test;
  const command = kind === 'CMD-SHELL' ? [...shellOf(entry), rest.join(' ')] : rest;
  const process = execProcess(context, entry, { Cmd: command });
  const request = { execId: newId(), process, terminal: false, openStdin: false, detached: false };
  const handle = await context.runtime.exec(entry.record.id, request, { signal });
  await using io = handle.io;
  const end = () => void io?.[Symbol.asyncDispose]();
  signal.addEventListener('abort', end, { once: true });
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of io?.output ?? []) {
      if (bytes < MAX_OUTPUT_BYTES) chunks.push(chunk.data.subarray(0, MAX_OUTPUT_BYTES - bytes));
      bytes += chunk.data.length;
    }
    return { exitCode: await handle.exited, output: Buffer.concat(chunks).toString('utf8') };
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function shellOf(entry: Entry): string[] {
  return entry.record.config.Shell ?? ['/bin/sh', '-c'];
}
