import { readdirSync } from 'node:fs';
import { errorMessage, ignoring, log } from '#base';
import type { RuntimeState } from '#runtime';
import { removeTree } from '#system';
import { bundleDir, containerDir, type EngineContext } from '../context.ts';
import { nextRestart } from '../restart/mod.ts';
import { type Entry, isRunning } from '../store/entry.ts';
import { scheduleRestart, settleExit } from './exit.ts';
import { removeContainer, removeTraces } from './remove.ts';
import { superviseRun } from './start.ts';
import { tearDown } from './tear-down.ts';

/**
 * Brings rows, kernel and files in line after any end of the daemon: a kill at any instant, a reboot, an orderly stop.
 * The kernel is believed first, then the files, then the rows. Idempotent.
 */
export async function recoverContainers(context: EngineContext): Promise<void> {
  await context.runtime.recover(new Set(context.store.all().map((entry) => entry.record.id)));
  const survivors = await findSurvivors(context);
  await context.networks.recover(new Set(survivors.keys()));
  for (const entry of context.store.all()) {
    const alive = survivors.get(entry.record.id);
    await attempt('a container could not be recovered', entry.record.id, () => recoverContainer(context, entry, alive));
  }
  await removeStrayFiles(context);
}

/** What cannot be put right (a folder that cannot be deleted) must not keep the daemon, and all other containers, down. */
async function attempt(problem: string, subject: string, work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error(`${problem}; the next start tries again`, { subject, error: errorMessage(error) });
  }
}

/** Containers whose process is there. */
async function findSurvivors(context: EngineContext): Promise<Map<string, RuntimeState>> {
  const survivors = new Map<string, RuntimeState>();
  await Promise.all(
    context.store.all().map(async (entry) => {
      const state = await stateOf(context, entry);
      if (state?.status === 'running' || state?.status === 'paused') survivors.set(entry.record.id, state);
    }),
  );
  return survivors;
}

/** A runtime that cannot be asked (its program is gone) leaves what the row says; the end of conmon corrects it. */
async function stateOf(context: EngineContext, entry: Entry): Promise<RuntimeState | undefined> {
  const { id } = entry.record;
  try {
    return await context.runtime.state(id);
  } catch (error) {
    log.error('the runtime does not tell how a container is', { container: id, error: errorMessage(error) });
    const { status, pid } = entry.state;
    return status === 'running' || status === 'paused' ? { status, pid } : undefined;
  }
}

async function recoverContainer(context: EngineContext, entry: Entry, alive: RuntimeState | undefined): Promise<void> {
  if (entry.state.creating) return takeBack(context, entry);
  if (entry.state.status === 'removing') return finishRemoval(context, entry);
  if (alive !== undefined) return adopt(context, entry, alive);
  if (isRunning(entry)) return recordMissedExit(context, entry);
  if (entry.state.status === 'exited' && entry.record.hostConfig.AutoRemove) return finishRemoval(context, entry);
  await context.runtime.delete(entry.record.id, { force: true });
  await tearDown(context, entry);
  if (entry.state.status === 'restarting') scheduleRestart(context, entry, 0);
}

/** A removal was cut short, or an end whose removal had yet to come. */
async function finishRemoval(context: EngineContext, entry: Entry): Promise<void> {
  const volumes = entry.state.removesVolumes === true || entry.record.hostConfig.AutoRemove === true;
  await removeContainer(context, entry, { volumes });
}

/** The client never got an answer to this create. */
async function takeBack(context: EngineContext, entry: Entry): Promise<void> {
  log.info('taking back a half-made container', { container: entry.record.id });
  await removeTraces(context, entry, { anonymousVolumes: true });
  context.store.delete(entry);
}

async function adopt(context: EngineContext, entry: Entry, alive: RuntimeState): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  entry.ended = promise;
  entry.markEnded = resolve;
  const isCommitCutShort = alive.status === 'paused' && entry.state.pausedForCommit === true;
  if (isCommitCutShort) await context.runtime.resume(entry.record.id);
  const status = alive.status === 'paused' && !isCommitCutShort ? 'paused' : 'running';
  const startedAtMs = entry.state.startedAtMs || context.clock.nowMs();
  context.store.noteState(entry, { status, pid: alive.pid, startedAtMs });
  superviseRun(context, entry);
}

/** It ended while no daemon looked: conmon wrote down how, or a reboot took both. */
async function recordMissedExit(context: EngineContext, entry: Entry): Promise<void> {
  const { id } = entry.record;
  const recorded = context.runtime.exitOf(id);
  const exit = recorded ?? { id, exitCode: 137, oomKilled: false, finishedAtMs: context.clock.nowMs() };
  await settleExit(context, entry, exit);
}

/** Containers whose policy wants them up although nothing of them was left: after a reboot, or an orderly stop. */
export async function startByPolicy(context: EngineContext): Promise<void> {
  for (const entry of context.store.all()) {
    if (entry.state.status !== 'exited' || entry.state.startedAtMs === 0) continue;
    const { exitCode, manuallyStopped, startedAtMs, finishedAtMs } = entry.state;
    const facts = { exitCode, manuallyStopped, failureCount: 0, startedAtMs, finishedAtMs, daemonStarting: true };
    const decision = nextRestart(entry.record.hostConfig.RestartPolicy ?? { Name: 'no' }, facts);
    if (!decision.restart) continue;
    context.store.saveState(entry, { status: 'restarting' });
    scheduleRestart(context, entry, decision.delayMs);
  }
}

/** Folders and writable layers without a row: made by a create that was cut short. */
async function removeStrayFiles(context: EngineContext): Promise<void> {
  const known = new Set(context.store.all().map((entry) => entry.record.id));
  const { snapshots } = context.images;
  for (const key of snapshots.keys()) {
    if (!known.has(key.slice(0, 64))) await attempt('a stray layer stays', key, () => snapshots.remove(key));
  }
  await removeStrays(containerDir(context, ''), (name) => known.has(name));
  const bundles = new Set([...known].map((id) => bundleDir(context, id).split('/').at(-1)));
  await removeStrays(bundleDir(context, ''), (name) => bundles.has(name));
}

async function removeStrays(dir: string, isKnown: (name: string) => boolean): Promise<void> {
  for (const name of ignoring('ENOENT', () => readdirSync(dir)) ?? []) {
    if (!isKnown(name)) await attempt('a stray folder stays', name, () => removeTree(`${dir}/${name}`));
  }
}
