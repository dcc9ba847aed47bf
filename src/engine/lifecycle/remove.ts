import { HakoError, isHakoError, log, shortId, span } from '#base';
import { removeTree } from '#system';
import { bundleDir, containerDir, type EngineContext } from '../context.ts';
import { type Entry, isRunning, settleWaiters } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';
import { endByKill } from './stop.ts';
import { tearDown } from './tear-down.ts';

export interface RemoveOptions {
  force?: boolean;
  /** Also its anonymous volumes. */
  volumes?: boolean;
}

/** `docker rm`: refuses a running container unless forced, which kills it first. */
export async function removeReferenced(context: EngineContext, entry: Entry, options: RemoveOptions): Promise<void> {
  do {
    refuseAlive(entry, options);
    if (isRunning(entry)) await endForRemoval(context, entry);
  } while (!(await removeUnlessRunning(context, entry, options)));
}

async function endForRemoval(context: EngineContext, entry: Entry): Promise<void> {
  context.store.noteState(entry, { manuallyStopped: true });
  await endByKill(context, entry, entry.ended);
}

/** False when it runs again: somebody started it, or was about to, while we waited for the lock. */
function removeUnlessRunning(context: EngineContext, entry: Entry, options: RemoveOptions): Promise<boolean> {
  return context.locks.run(entry.record.id, async () => {
    if (context.store.byId(entry.record.id) !== entry) return true;
    refuseAlive(entry, options);
    if (isRunning(entry)) return false;
    await removeContainer(context, entry, options);
    return true;
  });
}

/** Waiting for a restart counts as alive, as in docker. */
function refuseAlive(entry: Entry, options: RemoveOptions): void {
  if (!options.force && (isRunning(entry) || entry.state.status === 'restarting')) throw stillAlive(entry);
}

function stillAlive(entry: Entry): HakoError {
  const { name, id } = entry.record;
  const what = entry.state.status === 'paused' ? 'paused: unpause and stop' : `${entry.state.status}: stop`;
  return new HakoError(
    'conflict',
    `cannot remove container "${name}" (${shortId(id)}): container is ${what} the container before removal or force remove`,
  );
}

/** Removes an ended container; the caller holds its lock. */
export async function removeContainer(context: EngineContext, entry: Entry, options: RemoveOptions): Promise<void> {
  const { record } = entry;
  entry.run.dispose();
  entry.run = new DisposableStack();
  await removeTraces(context, entry, { anonymousVolumes: options.volumes === true });
  context.store.delete(entry);
  context.events.publish('container', 'destroy', record.id, eventAttributes(record));
  const result = { exitCode: entry.state.exitCode };
  settleWaiters(entry.exitWaiters, result);
  settleWaiters(entry.removalWaiters, result);
  // Those who attached for a start that does not come any more.
  for (const listener of entry.startListeners) void listener();
  entry.startListeners.clear();
}

/** Everything of a container but its row: idempotent, so that a start-up can repeat what a crash cut short. */
export async function removeTraces(
  context: EngineContext,
  entry: Entry,
  options: { anonymousVolumes: boolean },
): Promise<void> {
  const { id, mounts } = entry.record;
  context.store.noteState(entry, { status: 'removing', removesVolumes: options.anonymousVolumes });
  await span('runtime delete', () => context.runtime.delete(id, { force: true }));
  await tearDown(context, entry);
  await span('writable layer', () => context.images.snapshots.remove(id));
  removeTree(containerDir(context, id));
  removeTree(bundleDir(context, id));
  if (!options.anonymousVolumes) return;
  for (const mount of mounts) if (mount.type === 'volume') await removeAnonymous(context, id, mount.name);
}

async function removeAnonymous(context: EngineContext, containerId: string, name: string): Promise<void> {
  const volume = context.volumes.list().find((each) => each.name === name);
  const others = context.volumes.usedBy(name).filter((user) => user !== containerId);
  if (volume === undefined || !volume.anonymous || others.length > 0) return;
  try {
    await context.volumes.remove(name, { force: true });
  } catch (error) {
    if (!isHakoError(error, 'conflict')) throw error;
    log.warn('anonymous volume is still in use', { volume: name, error });
  }
}
