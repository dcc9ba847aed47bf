import { errorMessage, failpoint, HakoError, isHakoError, log, span } from '#base';
import { type ContainerLog, type CreatedContainer, generateSpec, startFailureExitCode } from '#runtime';
import { bundleDir, type EngineContext, logPath, runtimeOf } from '../context.ts';
import { endTornLine, parseLogConfig } from '../logs/mod.ts';
import { prepareProcess } from '../process/prepare.ts';
import { specInputOf } from '../process/spec-input.ts';
import { type Entry, isRunning, removesItself } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';
import { watchHealth } from './health.ts';
import { setUpNetwork } from './network.ts';
import { removeContainer } from './remove.ts';
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
    failpoint('start.announced');
    await joinAttachments(entry);
    await context.runtime.start(entry.record.id);
  } catch (error) {
    await abandonStart(context, entry, error);
    throw error;
  }
  failpoint('start.running');
  superviseRun(context, entry);
  context.events.publish('container', 'start', entry.record.id, eventAttributes(entry.record));
  return { unchanged: false };
}

/** What serves a run from its start, or from its adoption by a new daemon, until it ends: log rotation and health. */
export function superviseRun(context: EngineContext, entry: Entry): void {
  const { maxBytes, maxFiles } = parseLogConfig(entry.record.hostConfig.LogConfig);
  const path = logPath(context, entry.record.id);
  entry.run.use(context.logRotator.track(entry.record.id, { path, maxBytes, maxFiles }));
  watchHealth(context, entry, () => startAgain(context, entry));
}

/** After a failed health check. A user who stopped or removed it meanwhile has the last word. */
function startAgain(context: EngineContext, entry: Entry): Promise<unknown> {
  return context.locks.run(entry.record.id, async () => {
    const isUnwanted = entry.state.manuallyStopped || context.store.byId(entry.record.id) !== entry;
    if (!isUnwanted) await startContainer(context, entry, 'policy');
  });
}

function refuseStart(entry: Entry): void {
  const { status } = entry.state;
  if (status === 'paused') throw new HakoError('conflict', 'cannot start a paused container, try unpause instead');
  if (status === 'removing' || status === 'dead') {
    throw new HakoError('conflict', `container ${entry.record.name} is marked for removal and cannot be started`);
  }
}

/** The signature policy may have changed since the container was made. An image that is gone was accepted then. */
function verifyImage({ images }: EngineContext, { record }: Entry): void {
  try {
    images.verify(images.get(record.imageId), record.imageName);
  } catch (error) {
    if (!isHakoError(error, 'not_found')) throw error;
  }
}

async function createProcess(context: EngineContext, entry: Entry): Promise<CreatedContainer> {
  const { record } = entry;
  verifyImage(context, entry);
  const runtime = runtimeOf(context, record.runtime);
  if (runtime === undefined) {
    throw new HakoError(
      'failed_precondition',
      `runtime "${record.runtime}" is not registered any more: add it to the settings`,
    );
  }
  const netnsPath = await span('network', () => setUpNetwork(context, entry));
  failpoint('start.network');
  await endTornLine(logPath(context, record.id));
  const prepared = await span('mounts and names', () => prepareProcess(context, entry, netnsPath));
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

/**
 * conmon's own limit is for the time that the daemon is away: all that the rotation would keep, but not so little that a
 * burst reaches it between two looks of the rotator, for then conmon drops the whole file.
 */
const CONMON_LOG_BYTES = 64 * 1024 * 1024;

function logOf(context: EngineContext, entry: Entry): ContainerLog {
  const { driver, maxBytes, maxFiles } = parseLogConfig(entry.record.hostConfig.LogConfig);
  return {
    driver: driver === 'none' || driver === 'journald' ? driver : 'k8s-file',
    path: logPath(context, entry.record.id),
    maxBytes: Math.max(maxBytes * maxFiles, CONMON_LOG_BYTES),
  };
}

/** From here on a daemon that dies leaves a row that says "running", which start-up compares with the kernel. */
function announceRun(context: EngineContext, entry: Entry, created: CreatedContainer, cause: StartCause): void {
  const { promise, resolve } = Promise.withResolvers<void>();
  entry.ended = promise;
  entry.markEnded = resolve;
  entry.health = undefined;
  if (cause === 'user') entry.failureCount = 0;
  context.store.saveState(entry, {
    status: 'running',
    pid: created.pid,
    exitCode: 0,
    error: '',
    oomKilled: false,
    startedAtMs: context.clock.nowMs(),
    manuallyStopped: false,
    ...(cause === 'user' ? { restartCount: 0 } : {}),
  });
}

/** Joins those who attached before the process was there: no byte of its output may come before them. */
async function joinAttachments(entry: Entry): Promise<void> {
  const listeners = [...entry.startListeners];
  entry.startListeners.clear();
  await Promise.all(listeners.map((listener) => listener()));
}

async function abandonStart(context: EngineContext, entry: Entry, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  log.warn('start failed', { container: entry.record.id, error: message });
  await takeBack(context, entry);
  const status = entry.state.startedAtMs === 0 ? 'created' : 'exited';
  context.store.noteState(entry, { status, pid: 0, exitCode: startFailureExitCode(error), error: message });
  entry.markEnded();
  await joinAttachments(entry);
  // The client of `run --rm` waits for the removal.
  if (removesItself(entry)) await removeContainer(context, entry, { volumes: true });
}

/** What cannot be taken back now is tried again by the next start or removal: the user is told why the start failed. */
async function takeBack(context: EngineContext, entry: Entry): Promise<void> {
  try {
    await context.runtime.delete(entry.record.id, { force: true });
    await tearDown(context, entry);
  } catch (error) {
    log.error('a failed start could not be taken back', { container: entry.record.id, error: errorMessage(error) });
  }
}
