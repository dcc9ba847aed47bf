import { HakoError, isHakoError, log, newId, shortId } from '#base';
import type { ExecHandle, TerminalSize } from '#runtime';
import type { EngineContext } from '../context.ts';
import type { ExecConfig, Execs, Streams } from '../contract.ts';
import type { Entry } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';
import { execProcess } from './process.ts';
import { type ExecSession, toExec } from './session.ts';

/** Ended sessions that are kept for `inspect`, per daemon. */
const KEPT_SESSIONS = 1000;

/** The exec sessions of the daemon. They live in memory: an exec does not outlast its container, nor attached its daemon. */
export function createExecs(context: EngineContext): Execs {
  const sessions = new Map<string, ExecSession>();
  const find = (id: string): ExecSession => {
    const session = sessions.get(id);
    if (session === undefined) throw new HakoError('not_found', `No such exec instance: ${id}`);
    return session;
  };
  return {
    create: async (reference, config) => {
      const entry = requireRunning(context, reference);
      if (!config.Cmd?.length)
        throw new HakoError('invalid', 'No exec command specified: give one after the container');
      const session = newSession(entry, config);
      forgetOldest(context, sessions);
      sessions.set(session.id, session);
      entry.execIds.add(session.id);
      publish(context, entry, session, `exec_create: ${config.Cmd.join(' ')}`);
      return session.id;
    },
    get: (id) => toExec(find(id)),
    start: async (id, options) => startExec(context, find(id), options),
    resize: async (id, size) => {
      const session = find(id);
      if (!session.running) throw new HakoError('conflict', `exec ${shortId(id)} is not running: start it first`);
      session.handle?.resize(size);
    },
  };
}

function newSession(entry: Entry, config: ExecConfig): ExecSession {
  const containerId = entry.record.id;
  return {
    id: newId(),
    containerId,
    config,
    started: false,
    running: false,
    exitCode: null,
    pid: 0,
    handle: undefined,
  };
}

function requireRunning(context: EngineContext, reference: string): Entry {
  const entry = context.store.find(reference);
  const { name, id } = entry.record;
  if (entry.state.status === 'paused') {
    throw new HakoError('conflict', `container ${name} is paused, unpause the container before exec`);
  }
  if (entry.state.status === 'running') return entry;
  throw new HakoError('conflict', `container ${shortId(id)} (${name}) is not running: start it before exec`);
}

function forgetOldest(context: EngineContext, sessions: Map<string, ExecSession>): void {
  if (sessions.size < KEPT_SESSIONS) return;
  for (const [id, session] of sessions) {
    if (session.running) continue;
    sessions.delete(id);
    context.store.byId(session.containerId)?.execIds.delete(id);
    return;
  }
}

async function startExec(
  context: EngineContext,
  session: ExecSession,
  options: { detach: boolean; size?: TerminalSize; signal?: AbortSignal },
): Promise<Streams | undefined> {
  if (session.started) throw new HakoError('conflict', `exec ${shortId(session.id)} has already run: make a new one`);
  session.started = true;
  const entry = requireRunning(context, session.containerId);
  const handle = await launch(context, entry, session, options);
  session.handle = handle;
  session.pid = handle.pid;
  session.running = true;
  publish(context, entry, session, `exec_start: ${session.config.Cmd?.join(' ')}`);
  if (options.size) handle.resize(options.size);
  recordEnd(context, entry, session, handle);
  return handle.io && streamsOf(session, handle);
}

async function launch(
  context: EngineContext,
  entry: Entry,
  session: ExecSession,
  options: { detach: boolean; signal?: AbortSignal },
): Promise<ExecHandle> {
  const request = {
    execId: session.id,
    process: execProcess(context, entry, session.config),
    terminal: session.config.Tty === true,
    openStdin: session.config.AttachStdin === true && !options.detach,
    detached: options.detach,
  };
  try {
    return await context.runtime.exec(entry.record.id, request, options.signal ? { signal: options.signal } : {});
  } catch (error) {
    const text = error instanceof Error ? error.message : '';
    session.exitCode = /no such file|not found/i.test(text) ? 127 : 126;
    throw error;
  }
}

function recordEnd(context: EngineContext, entry: Entry, session: ExecSession, handle: ExecHandle): void {
  const finish = (exitCode: number) => {
    session.running = false;
    session.exitCode = exitCode;
    session.handle = undefined;
    entry.execIds.delete(session.id);
    publish(context, entry, session, 'exec_die', { exitCode: String(exitCode) });
  };
  handle.exited.then(finish, (error: unknown) => {
    log.warn('exec was lost', { exec: session.id, error });
    finish(137);
  });
}

/** The client's end of an attached exec; leaving before the process ended takes the process along. */
function streamsOf(session: ExecSession, handle: ExecHandle): Streams {
  const io = handle.io;
  if (io === undefined) throw new HakoError('internal', 'a detached exec has no streams');
  return {
    tty: session.config.Tty === true,
    // The exit code must stand when the client sees the end of the output, because it asks for it then.
    output: followedBy(io.output, handle.exited),
    write: (data) => io.write(data),
    endInput: () => io.endInput(),
    [Symbol.asyncDispose]: () => io[Symbol.asyncDispose](),
  };
}

async function* followedBy<T>(output: AsyncIterable<T>, end: Promise<unknown>): AsyncGenerator<T> {
  yield* output;
  await end.catch((error: unknown) => {
    if (!isHakoError(error)) throw error;
  });
}

function publish(
  context: EngineContext,
  entry: Entry,
  session: ExecSession,
  action: string,
  more: Record<string, string> = {},
): void {
  context.events.publish('container', action, entry.record.id, {
    ...eventAttributes(entry.record),
    execID: session.id,
    ...more,
  });
}
