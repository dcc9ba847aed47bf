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
  if (cancelRestart(context, entry)) return { unchanged: false };
  if (!isRunning(entry)) return { unchanged: true };
  context.store.saveState(entry, { manuallyStopped: true });
  const { ended } = entry;
  await sendStopSignals(context, entry, signal, options.timeoutS);
  await ended;
  await context.locks.run(entry.record.id, () => {});
  if (context.store.byId(entry.record.id)) publish(context, entry, 'stop');
  return { unchanged: false };
}

async function sendStopSignals(
  context: EngineContext,
  entry: Entry,
  signal: number,
  timeoutS: number | undefined,
): Promise<void> {
  const { ended } = entry;
  const graceS = timeoutS ?? entry.record.config.StopTimeout ?? context.settings.defaultStopTimeoutS;
  if (graceS !== 0) await deliver(context, entry, signal);
  if (graceS < 0) return ended;
  if (graceS > 0 && (await endsWithin(ended, graceS * 1000))) return;
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

/** Sends one signal to init and tells of it; a process that has just ended is no error. A frozen one is thawed first. */
export async function deliver(context: EngineContext, entry: Entry, signal: number): Promise<void> {
  try {
    await context.runtime.kill(entry.record.id, signal);
  } catch (error) {
    if (!isHakoError(error, 'not_found')) throw error;
  }
  if (entry.state.status === 'paused' && signal === SIGKILL) await context.runtime.resume(entry.record.id);
  const attributes = { ...eventAttributes(entry.record), signal: String(signal) };
  context.events.publish('container', 'kill', entry.record.id, attributes);
}

/** A container that waits for its next restart is stopped by not starting it. */
function cancelRestart(context: EngineContext, entry: Entry): boolean {
  if (entry.state.status !== 'restarting') return false;
  entry.run.dispose();
  entry.run = new DisposableStack();
  context.store.saveState(entry, { status: 'exited', manuallyStopped: true });
  settleWaiters(entry.exitWaiters, { exitCode: entry.state.exitCode });
  return true;
}

/** `docker kill`: one signal, no waiting. Signals that end a process also stop the restart policy. */
export async function killContainer(context: EngineContext, entry: Entry, signalText: string): Promise<void> {
  const signal = parseSignal(signalText);
  if (cancelRestart(context, entry)) return;
  if (!isRunning(entry)) {
    throw new HakoError(
      'conflict',
      `cannot kill container: ${entry.record.name}: container ${shortId(entry.record.id)} is not running`,
    );
  }
  const stops = [SIGKILL, parseSignal(entry.record.config.StopSignal || 'SIGTERM')].includes(signal);
  if (stops) context.store.saveState(entry, { manuallyStopped: true });
  await deliver(context, entry, signal);
  if (signal === SIGKILL) await endsWithin(entry.ended, KILL_GRACE_MS);
}

function publish(context: EngineContext, entry: Entry, action: string): void {
  context.events.publish('container', action, entry.record.id, eventAttributes(entry.record));
}
