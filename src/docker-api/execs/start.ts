import { errorMessage, HakoError } from '#base';
import type { Engine, Exec } from '#engine';
import type { TerminalSize } from '#runtime';
import { execStartRequest } from '../schema/container-requests.ts';
import type { Api } from '../server/api-context.ts';
import { parseDetachKeys } from '../server/detach-keys.ts';
import type { Exchange } from '../server/exchange.ts';
import { frame, streamType } from '../server/frames.ts';
import { type HijackedConnection, hijack } from '../server/hijack.ts';
import { joinStreams } from '../server/join-streams.ts';

/** `POST /exec/{id}/start`: detached it answers when the process runs; else the connection becomes its streams. */
export async function startExec(exchange: Exchange, api: Api): Promise<void> {
  const { engine } = api;
  const body = await exchange.body(execStartRequest, { optional: {} });
  const exec = engine.execs.get(exchange.param('id'));
  requireStartable(exec, engine);
  const size = sizeOf(body.ConsoleSize ?? exec.config.ConsoleSize ?? undefined);
  if (body.Detach) {
    await engine.execs.start(exec.id, { detach: true, ...size });
    exchange.empty(200);
    return;
  }
  await using connection = hijack(exchange, streamType({ tty: exec.config.Tty === true, minor: exchange.minor }));
  try {
    await runAttached(exchange, api, exec, connection, size);
  } catch (error) {
    if (exchange.signal.aborted) return;
    // The status line has gone out, so the words go where the user looks.
    const message = Buffer.from(`${errorMessage(error)}\r\n`);
    await connection.write(exec.config.Tty ? message : frame('stdout', message));
  }
}

function requireStartable(exec: Exec, engine: Engine): void {
  if (exec.running) throw new HakoError('conflict', `exec command ${exec.id} is already running`);
  if (exec.exitCode !== null) throw new HakoError('conflict', `exec command ${exec.id} has already run`);
  const { id, state } = engine.containers.get(exec.containerId);
  if (state.status === 'paused')
    throw new HakoError('conflict', `container ${id} is paused, unpause the container before exec`);
  if (state.status !== 'running') throw new HakoError('conflict', `container ${id} is not running`);
}

function sizeOf(pair: readonly [number, number] | undefined): { size?: TerminalSize } {
  if (pair === undefined || (pair[0] === 0 && pair[1] === 0)) return {};
  return { size: { rows: pair[0], columns: pair[1] } };
}

async function runAttached(
  exchange: Exchange,
  { engine, log }: Api,
  exec: Exec,
  connection: HijackedConnection,
  size: { size?: TerminalSize },
): Promise<void> {
  const streams = await engine.execs.start(exec.id, { detach: false, signal: exchange.signal, ...size });
  if (streams === undefined) return;
  // Disposing kills a process that still runs: the client went away. One who detached wants it to go on.
  await using lifetime = new AsyncDisposableStack();
  lifetime.use(streams);
  const { config } = exec;
  const stdin = config.AttachStdin === true;
  const detachKeys = parseDetachKeys(config.DetachKeys ?? '');
  const end = await joinStreams(connection, streams, { stdin, closesStdin: !config.Tty, detachKeys }, exchange.signal);
  if (end !== 'detached') return;
  engine.events.publish('container', 'exec_detach', exec.containerId, { execID: exec.id });
  const released = lifetime.move();
  void drain(streams.output)
    .catch((error: unknown) => log.debug('output of a detached exec ended', { exec: exec.id, error }))
    .finally(() => released.disposeAsync());
}

/** Keeps reading after a detach, so that the process is not held back by output that nobody takes. */
async function drain(output: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of output) void chunk;
}
