/** Joins our standard streams with a hijacked connection. */
import type { Connection } from '../client/connection.ts';
import { demultiplex } from '../client/mux.ts';
import { print, printError } from '../output.ts';
import type { DetachScanner } from './detach-keys.ts';

export interface StreamOptions {
  /** The container has a terminal: its output is one raw stream. */
  tty: boolean;
  /** Send our standard input. */
  stdin: boolean;
  /** Finds the keys that detach in what is typed; for terminals only. */
  detachScanner: DetachScanner | undefined;
}

/** Copies until the container's output ends, or until the user detaches. */
export async function joinStreams(connection: Connection, options: StreamOptions): Promise<'ended' | 'detached'> {
  const output = pumpOutput(connection, options.tty).then(() => 'ended' as const);
  if (!options.stdin) return output;
  const input = forwardInput(connection, options);
  try {
    return await Promise.race([output, input.detached]);
  } finally {
    input.stop();
  }
}

async function pumpOutput(connection: Connection, tty: boolean): Promise<void> {
  const chunks = rawChunks(connection);
  if (tty) for await (const chunk of chunks) await print(chunk);
  else for await (const { stream, data } of demultiplex(chunks)) await (stream === 'stderr' ? printError : print)(data);
}

async function* rawChunks(connection: Connection): AsyncGenerator<Buffer> {
  for (let chunk = await connection.read(); chunk !== undefined; chunk = await connection.read()) yield chunk;
}

/** Sends standard input; a terminal goes into raw mode, so that keys reach the container as they are typed. */
function forwardInput(connection: Connection, options: StreamOptions) {
  const { stdin } = process;
  const raw = options.tty && stdin.isTTY;
  const { promise: detached, resolve } = Promise.withResolvers<'detached'>();
  const scanner = raw ? options.detachScanner : undefined;
  const onData = (chunk: Buffer) => {
    const { forward, detached } = scanner?.scan(chunk) ?? { forward: chunk, detached: false };
    if (forward.length > 0) sendInput(connection, forward);
    if (detached) resolve('detached');
  };
  const onEnd = () => void connection.socket.end();
  if (raw) stdin.setRawMode(true);
  stdin.on('data', onData).on('end', onEnd).on('error', onEnd);
  const stop = () => {
    stdin.off('data', onData).off('end', onEnd).off('error', onEnd).pause();
    if (raw) stdin.setRawMode(false);
  };
  return { detached, stop };
}

/** Stops reading what we can't pass on. */
function sendInput(connection: Connection, data: Buffer): void {
  const drained = connection.write(data);
  if (drained === undefined) return;
  process.stdin.pause();
  drained.then(() => process.stdin.resume());
}
