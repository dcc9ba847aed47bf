import { errorMessage, HakoError, KeyedLock, log, systemClock } from '#base';
import type { Images } from '#images';
import type { Networks } from '#network';
import type { Runtime } from '#runtime';
import type { DatabaseSync } from '#state';
import { destroyCgroup } from '#system';
import { createContainers } from './containers/containers.ts';
import type { EngineContext, EngineSettings } from './context.ts';
import type { Engine } from './contract.ts';
import { createEvents } from './events/mod.ts';
import { createExecs } from './execs/execs.ts';
import { readInfo } from './info.ts';
import { handleExit } from './lifecycle/exit.ts';
import { recoverContainers, startByPolicy } from './lifecycle/recover.ts';
import { LogRotator } from './logs/mod.ts';
import { ContainerStore } from './store/container-store.ts';
import { openContainerTable } from './store/container-table.ts';
import { type Entry, isRunning } from './store/entry.ts';
import { createVolumes, type LocalVolumes } from './volumes/mod.ts';

/** The adapters that the daemon chose. */
export interface EngineParts {
  settings: EngineSettings;
  database: DatabaseSync;
  images: Images;
  networks: Networks;
  runtime: Runtime;
  /** Told when a client asked for every trace to be removed. */
  onPurge?: () => void;
}

/** Opens the engine: recovers what an earlier daemon left, then supervises. Disposing it leaves the containers running. */
export async function openEngine(parts: EngineParts): Promise<Engine> {
  const { database, settings } = parts;
  const store = new ContainerStore(openContainerTable(database));
  const events = createEvents({ clock: systemClock });
  const usersOf = (name: string) => volumeUsers(store, name);
  const volumes = createVolumes({ database, rootDir: settings.rootDir, usedBy: usersOf, events });
  const logRotator = new LogRotator((id) => parts.runtime.reopenLog(id));
  const context: EngineContext = {
    ...parts,
    store,
    events,
    volumes,
    logRotator,
    clock: systemClock,
    locks: new KeyedLock(),
  };
  parts.images.setUsedBy((id) => store.all().flatMap(({ record }) => (record.imageId === id ? [record.id] : [])));
  await using scope = new AsyncDisposableStack();
  scope.use(events);
  scope.use(logRotator);
  await recover(context, volumes);
  scope.use(superviseExits(context));
  await startByPolicy(context);
  scope.defer(() => stopRestarts(context));
  const holds = scope.move();
  return {
    containers: createContainers(context),
    execs: createExecs(context),
    volumes,
    images: parts.images,
    networks: parts.networks,
    events,
    info: () => readInfo(context),
    purge: () => purge(context, parts),
    [Symbol.asyncDispose]: () => holds.disposeAsync(),
  };
}

async function purge(context: EngineContext, parts: EngineParts): Promise<void> {
  const [left] = context.store.all();
  if (left !== undefined)
    throw new HakoError('conflict', `container ${left.record.name} is still there: remove it first`);
  await context.networks.purge();
  await destroyCgroup(`/${context.settings.cgroupParent}`);
  parts.onPurge?.();
}

/** A container that is being removed does not hold its volumes any more. */
function volumeUsers(store: ContainerStore, name: string): string[] {
  const uses = ({ record, state }: Entry) =>
    state.status !== 'removing' && record.mounts.some((mount) => mount.type === 'volume' && mount.name === name);
  return store
    .all()
    .filter(uses)
    .map((entry) => entry.record.id);
}

async function recover(context: EngineContext, volumes: LocalVolumes): Promise<void> {
  await recoverContainers(context);
  const uses = context.store
    .all()
    .filter(isRunning)
    .flatMap(({ record }) =>
      record.mounts
        .filter((mount) => mount.type === 'volume')
        .map((mount) => ({ name: mount.name, userId: record.id })),
    );
  await volumes.recover(uses);
}

/** An end that could not be recorded, because the disk was full, is recorded when there is room. */
const RECORD_AGAIN_MS = 1000;

/** Listens first, then looks for ends that came between recovery and now. */
function superviseExits(context: EngineContext): Disposable {
  const scope = new DisposableStack();
  const handle = (exit: Parameters<typeof handleExit>[1]) => {
    handleExit(context, exit).catch((error: unknown) => {
      log.error('recording an exit failed', { container: exit.id, error: errorMessage(error) });
      const entry = context.store.byId(exit.id);
      if (entry === undefined || !isRunning(entry) || scope.disposed) return;
      setTimeout(() => scope.disposed || handle(exit), RECORD_AGAIN_MS).unref();
    });
  };
  scope.use(context.runtime.onExit(handle));
  for (const entry of context.store.all()) {
    const exit = isRunning(entry) ? context.runtime.exitOf(entry.record.id) : undefined;
    if (exit !== undefined) handle(exit);
  }
  return scope;
}

/** Timers of a daemon that goes must not start anything. */
function stopRestarts(context: EngineContext): void {
  for (const entry of context.store.all()) entry.run.dispose();
}
