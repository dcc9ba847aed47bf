/** One more process in a running container, watched by a conmon of its own. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { errorMessage, HakoError, ignoring, log } from '#base';
import { identify, type ProcessIdentity, reap, removeTree, signalProcess, socketPair } from '#system';
import type { AttachedStreams, ExecHandle, ExecRequest } from '../contract.ts';
import { stringifyWide } from '../serialize.ts';
import { attachTo, firstWord } from './attach.ts';
import { execArgs } from './command.ts';
import type { ConmonContext } from './context.ts';
import { sendResize } from './control.ts';
import { onAbort } from './create.ts';
import { runtimeError } from './errors.ts';
import { BundleFile } from './layout.ts';
import { programEnvironment, startBare } from './program.ts';
import type { ContainerRecord } from './record.ts';
import { killAndWait } from './remove.ts';
import { SyncPipe } from './sync-pipe.ts';

const SIGKILL = 9;

/** Who is to be killed after a restart of the daemon. */
export interface ExecRecord {
  execId: string;
  detached: boolean;
  process?: ProcessIdentity;
  conmon?: ProcessIdentity;
}

const RECORD = 'exec.json';

function writeRecord(folder: string, record: ExecRecord): void {
  writeFileSync(join(folder, RECORD), JSON.stringify(record), { mode: 0o600 });
}

/** The record of the exec in `folder`; undefined when it was never finished. */
export function readExecRecord(folder: string): ExecRecord | undefined {
  const text = ignoring('ENOENT', () => readFileSync(join(folder, RECORD), 'utf8'));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as ExecRecord;
  } catch (error) {
    log.warn('unreadable exec record', { folder, error: errorMessage(error) });
    return undefined;
  }
}

export function execFolder(record: ContainerRecord, execId: string): string {
  return join(record.bundleDir, BundleFile.EXECS, execId);
}

function prepareFolder(record: ContainerRecord, request: ExecRequest): string {
  const folder = execFolder(record, request.execId);
  if (existsSync(folder)) throw new HakoError('already_exists', `exec ${request.execId} runs already`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, BundleFile.PROCESS), stringifyWide(request.process), { mode: 0o600 });
  return folder;
}

/** conmon for an exec, the pipe that tells of it, and for an attached one the two that let it begin. */
interface StartedConmon {
  conmon: ProcessIdentity;
  sync: SyncPipe;
  start: Socket | undefined;
  ready: Promise<boolean>;
}

function startConmon(
  context: ConmonContext,
  record: ContainerRecord,
  folder: string,
  request: ExecRequest,
): StartedConmon {
  const { pipe: sync, writer } = SyncPipe.create(folder);
  const errors = openSync(join(folder, BundleFile.CONMON_LOG), 'a', 0o600);
  const pipes = request.detached ? [] : [socketPair(), socketPair()];
  const attachEnvironment: Record<string, string> = request.detached
    ? {}
    : { _OCI_STARTPIPE: '4', _OCI_ATTACHPIPE: '5' };
  try {
    const pid = startBare(context.namespace, {
      path: context.conmonPath,
      args: execArgs(context.layout, record.runtime, record.id, folder, request),
      fds: ['ignore', 'ignore', errors, writer, ...pipes.map(([, theirs]) => theirs)],
      env: { ...programEnvironment(context.layout), _OCI_SYNCPIPE: '3', ...attachEnvironment },
      cwd: folder,
    });
    void sync.closed.then(() => reap(pid));
    const [start, ready] = pipes.map(([ours]) => new Socket({ fd: ours }).on('error', () => undefined).unref());
    const conmon = identify(pid) ?? { pid, startTicks: 0 };
    return { conmon, sync, start, ready: ready === undefined ? Promise.resolve(true) : firstWord(ready) };
  } catch (error) {
    sync[Symbol.dispose]();
    for (const [ours] of pipes) closeSync(ours);
    throw error;
  } finally {
    for (const fd of [writer, errors, ...pipes.map(([, theirs]) => theirs)]) closeSync(fd);
  }
}

/** Attaches before the program begins, so that no byte is lost: conmon listens, we connect, conmon goes on. */
async function attachFirst(folder: string, started: StartedConmon): Promise<AttachedStreams | undefined> {
  const { start, ready } = started;
  if (start === undefined) return undefined;
  start.write('\0');
  if (!(await ready)) return undefined;
  const io = await attachTo(join(folder, BundleFile.ATTACH));
  start.end('\0');
  return io;
}

async function awaitProcess(folder: string, sync: SyncPipe): Promise<number> {
  const message = await sync.next();
  if (message !== undefined && message.data > 0) return message.data;
  const text = ignoring('ENOENT', () => readFileSync(join(folder, BundleFile.CONMON_LOG), 'utf8'));
  throw runtimeError('exec', message?.message || text || '');
}

/** The exit code, from conmon's second message; the folder goes with it. */
async function awaitExit(folder: string, sync: SyncPipe, process: ProcessIdentity): Promise<number> {
  const message = await sync.next();
  await sync.closed;
  removeTree(folder);
  if (message !== undefined) return message.data;
  await killAndWait(process);
  throw new HakoError('internal', 'the conmon of the exec was killed, so its process was ended too');
}

/** Streams whose disposal before the end takes the process with it, unlike a container's. */
function ownedStreams(io: AttachedStreams, process: ProcessIdentity, sync: SyncPipe): AttachedStreams {
  return {
    output: io.output,
    write: (data) => io.write(data),
    endInput: () => io.endInput(),
    async [Symbol.asyncDispose]() {
      if (!sync.isClosed) signalProcess(process, SIGKILL);
      await io[Symbol.asyncDispose]();
    },
  };
}

/**
 * Runs a process in a container. An attached one dies with its streams, with `signal` while it starts, and with the daemon
 * (see `recover`). Throws what the runtime said when it cannot begin.
 */
export async function execInContainer(
  context: ConmonContext,
  record: ContainerRecord,
  request: ExecRequest,
  signal: AbortSignal | undefined,
): Promise<ExecHandle> {
  signal?.throwIfAborted();
  await using stack = new AsyncDisposableStack();
  const folder = prepareFolder(record, request);
  stack.defer(() => removeTree(folder));
  const started = startConmon(context, record, folder, request);
  const { conmon, sync } = started;
  const execRecord: ExecRecord = { execId: request.execId, detached: request.detached, conmon };
  writeRecord(folder, execRecord);
  stack.defer(() => void signalProcess(conmon, SIGKILL));
  using _ = onAbort(signal, () => signalProcess(conmon, SIGKILL));
  const io = await attachFirst(folder, started);
  if (io !== undefined) stack.use(io);
  const pid = await awaitProcess(folder, sync);
  const process = identify(pid) ?? { pid, startTicks: 0 };
  stack.defer(() => void signalProcess(process, SIGKILL));
  signal?.throwIfAborted();
  writeRecord(folder, { ...execRecord, process });
  stack.move();
  const exited = awaitExit(folder, sync, process);
  exited.catch(() => undefined);
  return {
    pid,
    io: io && ownedStreams(io, process, sync),
    exited,
    resize: (size) => sendResize(folder, size),
  };
}
