import { failpoint, HakoError, log } from '#base';
import { type ContainerLog, type CreatedContainer, generateSpec } from '#runtime';
import { bundleDir, containerDir, type EngineContext, runtimeOf } from '../context.ts';
import { resolveLogConfig } from '../logs/mod.ts';
import { prepareProcess } from '../process/prepare.ts';
import { specInputOf } from '../process/spec-input.ts';
import { type Entry, isRunning } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';
import { watchHealth } from './health.ts';
import { setUpNetwork } from './network.ts';
import { tearDown } from './tear-down.ts';

/** How a start came about: `user` forgets a manual stop and the back-off, `policy` goes on counting. */
export type StartCause = 'user' | 'policy';

/**
 * Starts a container under its lock: file system, network, process. What was made is taken back when a step fails,
 * and the container then says why in its state, as docker does.
 */
export async function startContainer(
  context: EngineContext,
  entry: Entry,
  cause: StartCause,
): Promise<{ unchanged: boolean }> {
  refuseStart(entry);
  if (isRunning(entry)) return { unchanged: true };
  entry.run.dispose();
  entry.run = new DisposableStack();
  try {
    const created = await createProcess(context, entry);
    announceRun(context, entry, created, cause);
    await context.runtime.start(entry.record.id);
  } catch (error) {
    await abandonStart(context, entry, error);
    throw error;
  }
  failpoint('start.running');
  context.events.publish('container', 'start', entry.record.id, eventAttributes(entry.record));
  watchHealth(context, entry, () => startAgain(context, entry));
  return { unchanged: false };
}

function startAgain(context: EngineContext, entry: Entry): Promise<unknown> {
  return context.locks.run(entry.record.id, () => startContainer(context, entry, 'policy'));
}

function refuseStart(entry: Entry): void {
  const { status } = entry.state;
  if (status === 'paused') throw new HakoError('conflict', 'cannot start a paused container, try unpause instead');
  if (status === 'removing' || status === 'dead') {
    throw new HakoError('conflict', `container ${entry.record.name} is marked for removal and cannot be started`);
  }
}

async function createProcess(context: EngineContext, entry: Entry): Promise<CreatedContainer> {
  const { record } = entry;
  const runtime = runtimeOf(context, record.runtime);
  if (runtime === undefined) {
    throw new HakoError(
      'failed_precondition',
      `runtime "${record.runtime}" is not registered any more: add it to the settings`,
    );
  }
  const netnsPath = await setUpNetwork(context, entry);
  failpoint('start.network');
  const prepared = await prepareProcess(context, entry, netnsPath);
  failpoint('start.prepared');
  return context.runtime.create(
    {
      id: record.id,
      name: record.name,
      runtime,
      bundleDir: bundleDir(context, record.id),
      spec: generateSpec(specInputOf(context, entry, prepared)),
      terminal: record.config.Tty === true,
      openStdin: record.config.OpenStdin === true,
      stdinOnce: record.config.StdinOnce === true,
      log: logOf(context, entry),
    },
    {},
  );
}

function logOf(context: EngineContext, entry: Entry): ContainerLog {
  const config = resolveLogConfig(entry.record.hostConfig.LogConfig);
  const driver = config.driver === 'none' || config.driver === 'journald' ? config.driver : 'k8s-file';
  // conmon's own limit is for the time that the daemon is away: all that the rotation would keep.
  const maxBytes = config.maxSizeBytes * config.maxFiles;
  return { driver, path: `${containerDir(context, entry.record.id)}/container.log`, maxBytes };
}

/** From here on a daemon that dies leaves a row that says "running", which start-up compares with the kernel. */
function announceRun(context: EngineContext, entry: Entry, created: CreatedContainer, cause: StartCause): void {
  const { promise, resolve } = Promise.withResolvers<void>();
  entry.ended = promise;
  entry.markEnded = resolve;
  if (cause === 'user') entry.failureCount = 0;
  context.store.saveState(entry, {
    status: 'running',
    pid: created.pid,
    exitCode: 0,
    error: '',
    oomKilled: false,
    startedAtMs: context.clock.nowMs(),
    ...(cause === 'user' ? { manuallyStopped: false, restartCount: 0 } : {}),
  });
  const listeners = [...entry.startListeners];
  entry.startListeners.clear();
  for (const listener of listeners) listener();
}

/** Docker's exit codes for what never ran: 127 not found, 126 not executable, 128 otherwise. */
function exitCodeOf(error: unknown): number {
  const message = error instanceof Error ? error.message : '';
  if (/no such file|not found/i.test(message)) return 127;
  return /permission denied|is a directory/i.test(message) ? 126 : 128;
}

async function abandonStart(context: EngineContext, entry: Entry, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  log.warn('start failed', { container: entry.record.id, error: message });
  await context.runtime.delete(entry.record.id, { force: true });
  await tearDown(context, entry);
  const status = entry.state.startedAtMs === 0 ? 'created' : 'exited';
  context.store.saveState(entry, { status, pid: 0, exitCode: exitCodeOf(error), error: message });
  entry.markEnded();
  for (const listener of entry.startListeners) listener();
  entry.startListeners.clear();
}
