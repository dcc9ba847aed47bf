import { setTimeout as delay } from 'node:timers/promises';
import { HakoError, isHakoError, shortId } from '#base';
import type { EngineContext } from '../context.ts';
import { type Entry, isRunning, settleWaiters } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';
import { parseSignal } from '../validate/mod.ts';
import { SIGKILL } from './signals.ts';

export interface StopOptions {
  /** Seconds before SIGKILL; negative waits for ever; undefined takes the container's own. */
  timeoutS?: number;
  signal?: string;
  /** The engine's own stop: the restart policy stays in force. */
  keepPolicy?: boolean;
}

/** How long a killed process may take to disappear before the user is told. */
const KILL_GRACE_MS = 10_000;

/**
 * Asks the process to end, then makes it. Does not hold the container's lock while it waits, because the end of the
 * process is recorded under that lock.
 */
export async function stopContainer(
  context: EngineContext,
  entry: Entry,
  options: StopOptions,
): Promise<{ unchanged: boolean }> {
  const signal = parseSignal(options.signal || entry.record.config.StopSignal || 'SIGTERM');
  const begun = await context.locks.run(entry.record.id, () => beginStop(context, entry, options));
  if (begun.run === undefined) return begun;
  await sendStopSignals(context, entry, begun.run.ended, { signal, timeoutS: options.timeoutS });
  await begun.run.ended;
  await context.locks.run(entry.record.id, () => {});
  if (context.store.byId(entry.record.id)) publish(context, entry, 'stop');
  return { unchanged: false };
}

/** Under the lock, so that a start which is under way is stopped too; answers the run to end, if there is one. */
function beginStop(
  context: EngineContext,
  entry: Entry,
  options: StopOptions,
): { unchanged: boolean; run?: { ended: Promise<void> } } {
  context.store.find(entry.record.id);
  if (cancelRestart(context, entry)) return { unchanged: false };
  if (!isRunning(entry)) return { unchanged: true };
  if (!options.keepPolicy) context.store.noteState(entry, { manuallyStopped: true });
  return { unchanged: false, run: { ended: entry.ended } };
}

async function sendStopSignals(
  context: EngineContext,
  entry: Entry,
  ended: Promise<void>,
  { signal, timeoutS }: { signal: number; timeoutS: number | undefined },
): Promise<void> {
  const graceS = timeoutS ?? entry.record.config.StopTimeout ?? context.settings.defaultStopTimeoutS;
  if (graceS !== 0) await deliver(context, entry, signal, { thaw: true });
  if (graceS < 0) return ended;
  if (graceS > 0 && (await endsWithin(ended, graceS * 1000))) return;
  await endByKill(context, entry, ended);
}

/** SIGKILL, and the end of the run. Throws `deadline` for a process that hangs in the kernel. */
export async function endByKill(context: EngineContext, entry: Entry, ended: Promise<void>): Promise<void> {
  await deliver(context, entry, SIGKILL);
  if (await endsWithin(ended, KILL_GRACE_MS)) return;
  const name = entry.record.name;
  throw new HakoError(
    'deadline',
    `container ${name} did not end ${KILL_GRACE_MS / 1000} s after SIGKILL: its process ${entry.state.pid} hangs in the kernel`,
  );
}

/** True when the run ended in time. */
async function endsWithin(ended: Promise<void>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController();
  const timeout = delay(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([ended.then(() => true), timeout]);
  } finally {
    timer.abort();
  }
}

/**
 * Sends one signal to init and tells of it; a process that has just ended is no error. A frozen one is thawed for SIGKILL,
 * and where the signal is to end it.
 */
export async function deliver(
  context: EngineContext,
  entry: Entry,
  signal: number,
  options: { thaw?: boolean } = {},
): Promise<void> {
  try {
    await context.runtime.kill(entry.record.id, signal);
  } catch (error) {
    if (!isHakoError(error, 'not_found')) throw error;
  }
  if (entry.state.status === 'paused' && (signal === SIGKILL || options.thaw)) await thaw(context, entry);
  const attributes = { ...eventAttributes(entry.record), signal: String(signal) };
  context.events.publish('container', 'kill', entry.record.id, attributes);
}

async function thaw(context: EngineContext, entry: Entry): Promise<void> {
  const { id } = entry.record;
  try {
    await context.runtime.resume(id);
  } catch (error) {
    // The signal may have ended it already.
    const state = await context.runtime.state(id);
    if (state !== undefined && state.status !== 'stopped') throw error;
  }
  if (entry.state.status !== 'paused') return;
  context.store.noteState(entry, { status: 'running' });
  entry.healthMonitor?.resume();
  publish(context, entry, 'unpause');
}

/** A container that waits for its next restart is stopped by not starting it. */
function cancelRestart(context: EngineContext, entry: Entry): boolean {
  if (entry.state.status !== 'restarting') return false;
  entry.run.dispose();
  entry.run = new DisposableStack();
  context.store.noteState(entry, { status: 'exited', manuallyStopped: true });
  settleWaiters(entry.exitWaiters, { exitCode: entry.state.exitCode });
  return true;
}

/** `docker kill`: one signal, no waiting. Signals that end a process also stop the restart policy. */
export async function killContainer(context: EngineContext, entry: Entry, signalText: string): Promise<void> {
  const signal = parseSignal(signalText);
  // What runs is signalled at once; else a start may be under way, and is waited for.
  const begin = () => beginKill(context, entry, signal);
  const begun = isRunning(entry) ? begin() : await context.locks.run(entry.record.id, begin);
  if (begun === undefined) return;
  await deliver(context, entry, signal, { thaw: begun.stops });
  if (signal === SIGKILL) await endsWithin(begun.ended, KILL_GRACE_MS);
}

/** The run that is to get the signal; undefined when that was a restart to come, which is called off. */
function beginKill(context: EngineContext, entry: Entry, signal: number) {
  context.store.find(entry.record.id);
  if (cancelRestart(context, entry)) return undefined;
  if (!isRunning(entry)) {
    throw new HakoError(
      'conflict',
      `cannot kill container: ${entry.record.name}: container ${shortId(entry.record.id)} is not running`,
    );
  }
  const stops = [SIGKILL, parseSignal(entry.record.config.StopSignal || 'SIGTERM')].includes(signal);
  if (stops) context.store.noteState(entry, { manuallyStopped: true });
  return { stops, ended: entry.ended };
}

function publish(context: EngineContext, entry: Entry, action: string): void {
  context.events.publish('container', action, entry.record.id, eventAttributes(entry.record));
}
