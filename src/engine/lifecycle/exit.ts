import { errorMessage, failpoint, log, span } from '#base';
import type { ContainerExit } from '#runtime';
import type { EngineContext } from '../context.ts';
import { isSteadyRun, nextRestart } from '../restart/mod.ts';
import { type Entry, isRunning, removesItself, settleWaiters } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';
import { removeContainer } from './remove.ts';
import { startContainer } from './start.ts';
import { tearDown } from './tear-down.ts';

/** What follows when the process of a container has ended: state, events, clean-up, and the restart policy. */
export async function handleExit(context: EngineContext, exit: ContainerExit): Promise<void> {
  const entry = context.store.byId(exit.id);
  if (entry === undefined) return;
  const run = entry.ended;
  await context.locks.run(exit.id, async () => {
    // The same end may be reported twice, or belong to a run that was given up, even to one before the run that is on.
    if (isRunning(entry) && entry.ended === run) await span('exit', () => settleExit(context, entry, exit));
  });
}

/** As `handleExit`, for a caller that holds the lock. */
export async function settleExit(context: EngineContext, entry: Entry, exit: ContainerExit): Promise<void> {
  const { id } = entry.record;
  if (isSteadyRun(entry.state.startedAtMs, exit.finishedAtMs)) entry.failureCount = 0;
  const decision = restartDecision(entry, exit);
  entry.run.dispose();
  entry.run = new DisposableStack();
  // As in docker, which stops the monitor: what nobody watches is not healthy.
  if (entry.health !== undefined) entry.health = { ...entry.health, status: 'unhealthy' };
  context.store.noteState(entry, {
    status: decision.restart ? 'restarting' : 'exited',
    pid: 0,
    exitCode: exit.exitCode,
    oomKilled: exit.oomKilled,
    finishedAtMs: exit.finishedAtMs,
  });
  failpoint('exit.noted');
  if (exit.oomKilled) context.events.publish('container', 'oom', id, eventAttributes(entry.record));
  publishDie(context, entry);
  entry.markEnded();
  if (!decision.restart) settleWaiters(entry.exitWaiters, { exitCode: exit.exitCode });
  try {
    await context.runtime.delete(id, { force: true });
    await tearDown(context, entry);
  } finally {
    // Also after a clean-up that failed: the start tries again, and says what is wrong.
    if (decision.restart) scheduleRestart(context, entry, decision.delayMs);
  }
  if (!decision.restart && removesItself(entry)) await removeContainer(context, entry, { volumes: true });
}

function publishDie(context: EngineContext, entry: Entry): void {
  const { exitCode, startedAtMs, finishedAtMs } = entry.state;
  const execDuration = String(Math.max(0, Math.round((finishedAtMs - startedAtMs) / 1000)));
  const attributes = { ...eventAttributes(entry.record), exitCode: String(exitCode), execDuration };
  context.events.publish('container', 'die', entry.record.id, attributes);
}

function restartDecision(entry: Entry, exit: ContainerExit) {
  const { startedAtMs, manuallyStopped } = entry.state;
  const { finishedAtMs, exitCode } = exit;
  return nextRestart(entry.record.hostConfig.RestartPolicy ?? { Name: 'no' }, {
    exitCode,
    manuallyStopped,
    failureCount: entry.failureCount,
    restartCount: entry.state.restartCount,
    startedAtMs,
    finishedAtMs,
    daemonStarting: false,
  });
}

/** The timer of the next start; disposing `entry.run` (a stop, a removal) calls it off. */
export function scheduleRestart(context: EngineContext, entry: Entry, delayMs: number): void {
  entry.failureCount++;
  const timer = setTimeout(() => {
    restartNow(context, entry).catch((error: unknown) => {
      log.error('restart by policy failed', { container: entry.record.id, error: errorMessage(error) });
    });
  }, delayMs);
  timer.unref();
  entry.run.defer(() => clearTimeout(timer));
}

async function restartNow(context: EngineContext, entry: Entry): Promise<void> {
  await context.locks.run(entry.record.id, async () => {
    if (entry.state.status !== 'restarting') return;
    context.store.noteState(entry, { restartCount: entry.state.restartCount + 1 });
    try {
      await startContainer(context, entry, 'policy');
    } catch (error) {
      retryFailedStart(context, entry);
      throw error;
    }
  });
}

/** A start that fails (port taken, source gone) counts as a run that ended at once. */
function retryFailedStart(context: EngineContext, entry: Entry): void {
  const { exitCode, startedAtMs } = entry.state;
  // No time passed in it: the time since the last run that did start is not a steady run.
  const exit = { id: entry.record.id, exitCode, oomKilled: false, finishedAtMs: startedAtMs };
  const decision = restartDecision(entry, exit);
  if (!decision.restart) {
    settleWaiters(entry.exitWaiters, { exitCode, error: entry.state.error });
    return;
  }
  context.store.noteState(entry, { status: 'restarting' });
  scheduleRestart(context, entry, decision.delayMs);
}
