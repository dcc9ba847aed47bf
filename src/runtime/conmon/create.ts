import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failpoint, HakoError, ignoring, span } from '#base';
import { identify, type ProcessIdentity, reap, signalProcess } from '#system';
import type { CreateRequest } from '../contract.ts';
import type { OciSpec } from '../oci-spec.ts';
import { compileSeccomp } from '../seccomp/compile.ts';
import { stringifyWide } from '../serialize.ts';
import { createArgs } from './command.ts';
import { type ConmonContext, traitsFor } from './context.ts';
import { runtimeError } from './errors.ts';
import { removeExit } from './exits.ts';
import { endHelpers } from './helpers.ts';
import { BundleFile } from './layout.ts';
import { programEnvironment, startBare } from './program.ts';
import type { ContainerRecord, RecordStore } from './record.ts';
import { removeContainer } from './remove.ts';
import { SyncPipe } from './sync-pipe.ts';

const SIGKILL = 9;

/** A container whose init waits, and the pipe that tells of its conmon. */
export interface Created {
  record: ContainerRecord & { init: ProcessIdentity; conmon: ProcessIdentity };
  sync: SyncPipe;
}

function newRecord(request: CreateRequest): ContainerRecord {
  const { id, runtime, bundleDir, spec, terminal, openStdin, stdinOnce } = request;
  const cgroupsPath = spec.linux.cgroupsPath ?? '';
  const hasHooks = Object.values(spec.hooks ?? {}).some((hooks) => hooks.length > 0);
  return { id, runtime, bundleDir, cgroupsPath, terminal, openStdin, stdinOnce, hasHooks };
}

/** crun takes a compiled seccomp program instead of the rules, which stay for those that do not. */
function withSeccompProgram(context: ConmonContext, { runtime, spec }: CreateRequest): OciSpec {
  const isCrun = traitsFor(context, runtime).kind === 'crun';
  const program = isCrun && spec.linux.seccomp !== undefined ? compileSeccomp(spec.linux.seccomp) : undefined;
  if (program === undefined) return spec;
  return { ...spec, annotations: { 'run.oci.seccomp_bpf_data': program, ...spec.annotations } };
}

function writeBundle(context: ConmonContext, request: CreateRequest): void {
  mkdirSync(request.bundleDir, { recursive: true, mode: 0o711 });
  const config = stringifyWide(withSeccompProgram(context, request));
  writeFileSync(join(request.bundleDir, BundleFile.CONFIG), config, { mode: 0o600 });
}

/** Starts conmon with its end of the sync pipe as descriptor 3. */
function startConmon(context: ConmonContext, request: CreateRequest): { pid: number; sync: SyncPipe } {
  const { pipe: sync, writer } = SyncPipe.create(request.bundleDir);
  const errors = openSync(join(request.bundleDir, BundleFile.CONMON_LOG), 'a', 0o600);
  try {
    const pid = startBare(context.namespace, {
      path: context.conmonPath,
      args: createArgs(context.layout, request),
      fds: ['ignore', 'ignore', errors, writer],
      env: { ...programEnvironment(context.layout), _OCI_SYNCPIPE: '3' },
      cwd: request.bundleDir,
    });
    void sync.closed.then(() => reap(pid));
    return { pid, sync };
  } catch (error) {
    sync[Symbol.dispose]();
    throw error;
  } finally {
    closeSync(writer);
    closeSync(errors);
  }
}

/** The pid of init, when conmon tells it; throws what the runtime said. */
async function awaitInit(sync: SyncPipe, bundleDir: string): Promise<number> {
  const message = await sync.next();
  if (message !== undefined && message.data > 0) return message.data;
  const log = ignoring('ENOENT', () => readFileSync(join(bundleDir, BundleFile.CONMON_LOG), 'utf8'));
  throw runtimeError('create', message?.message || log || '');
}

/** Takes back a creation that failed at whatever point; conmon and the runtime are ended first. */
async function rollBack(context: ConmonContext, records: RecordStore, record: ContainerRecord): Promise<void> {
  await endHelpers(context, record, record.bundleDir);
  await removeContainer(context, records, record, true);
}

function identified(pid: number, what: string): ProcessIdentity {
  const identity = identify(pid);
  if (identity !== undefined) return identity;
  throw new HakoError('internal', `${what} (pid ${pid}) ended while the container was being created`);
}

/**
 * Makes a container up to `created`. The record is on disk before the first process starts, so that a daemon that dies
 * here leaves nothing that its successor does not know of.
 */
export async function createContainer(
  context: ConmonContext,
  records: RecordStore,
  request: CreateRequest,
  signal: AbortSignal | undefined,
): Promise<Created> {
  signal?.throwIfAborted();
  await using stack = new AsyncDisposableStack();
  const record = newRecord(request);
  removeExit(context.layout, record.id);
  records.write(record);
  stack.defer(() => rollBack(context, records, record));
  span('bundle', () => writeBundle(context, request));
  context.namespace.refresh();
  const { pid, sync } = span('start of conmon', () => startConmon(context, request));
  stack.use(sync);
  failpoint('runtime.conmon-started');
  record.conmon = identified(pid, 'conmon');
  using _ = onAbort(signal, () => record.conmon && signalProcess(record.conmon, SIGKILL));
  record.init = identified(await span('conmon and runtime', () => awaitInit(sync, request.bundleDir)), 'init');
  signal?.throwIfAborted();
  failpoint('runtime.init-created');
  records.write(record);
  stack.move();
  return { record: { ...record, init: record.init, conmon: record.conmon }, sync };
}

/** Calls `action` when the signal aborts, until disposed of. */
export function onAbort(signal: AbortSignal | undefined, action: () => void): Disposable {
  signal?.addEventListener('abort', action);
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', action) };
}
