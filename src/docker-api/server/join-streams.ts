import type { Streams } from '#engine';
import { DetachWatcher } from './detach-keys.ts';
import { frame } from './frames.ts';
import type { HijackedConnection } from './hijack.ts';

export interface JoinOptions {
  /** Whether the client's input goes to the process. */
  stdin: boolean;
  /** Whether the end of the client's input is the end of the process's input. */
  closesStdin: boolean;
  detachKeys: Buffer;
}

export type JoinEnd = 'output-ended' | 'detached' | 'gone';

/** Joins a client's connection to live streams until the output ends, the client detaches or goes away. */
export async function joinStreams(
  connection: HijackedConnection,
  streams: Streams,
  options: JoinOptions,
  signal: AbortSignal,
): Promise<JoinEnd> {
  const { promise: gone, resolve: onGone } = Promise.withResolvers<'gone'>();
  const leave = () => onGone('gone');
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  const output = sendOutput(connection, streams).then(() => 'output-ended' as const);
  const input = forwardInput(connection, streams, options);
  try {
    return await Promise.race([output, gone, input]);
  } finally {
    signal.removeEventListener('abort', leave);
    // Whichever lost the race ends with the streams and the connection; its failure then says nothing new.
    output.catch(() => undefined);
    input.catch(() => undefined);
  }
}

async function sendOutput(connection: HijackedConnection, streams: Streams): Promise<void> {
  for await (const { stream, data } of streams.output) {
    await connection.write(streams.tty ? data : frame(stream, data));
  }
}

/** Settles only when the client detaches, or when input fails; its plain end must not end the output. */
async function forwardInput(
  connection: HijackedConnection,
  streams: Streams,
  options: JoinOptions,
): Promise<'detached'> {
  const watcher = streams.tty ? new DetachWatcher(options.detachKeys) : undefined;
  for await (const chunk of connection.input()) {
    if (!options.stdin) continue;
    const { forward, detached } = watcher?.feed(chunk) ?? { forward: chunk, detached: false };
    if (forward.length > 0 && !(await accepted(streams, forward))) break;
    if (detached) return 'detached';
  }
  if (options.stdin && options.closesStdin) streams.endInput();
  return await new Promise<never>(() => undefined);
}

/** A process that closed its input takes nothing more; that is no reason to cut off its output. */
async function accepted(streams: Streams, data: Uint8Array): Promise<boolean> {
  try {
    await streams.write(data);
    return true;
  } catch {
    return false;
  }
}
