import type { EngineContext } from '../context.ts';
import { containerDir } from '../context.ts';
import type { Containers } from '../contract.ts';
import { createContainer } from '../create/create-container.ts';
import { pauseContainer, unpauseContainer } from '../lifecycle/pause.ts';
import { removeReferenced } from '../lifecycle/remove.ts';
import { restartContainer } from '../lifecycle/restart.ts';
import { startContainer } from '../lifecycle/start.ts';
import { killContainer, stopContainer } from '../lifecycle/stop.ts';
import { type Entry, isRunning, toContainer } from '../store/entry.ts';
import { exportRootfs, readArchive, statPath, writeArchive } from './archive.ts';
import { attachToContainer } from './attach.ts';
import { commitContainer } from './commit.ts';
import { containerLogs } from './logs.ts';
import { connectNetwork, disconnectNetwork, republish } from './networks.ts';
import { containerStats, containerTop, resizeContainer } from './observe.ts';
import { pruneContainers } from './prune.ts';
import { containerSize } from './size.ts';
import { renameContainer, updateContainer } from './update.ts';
import { waitForContainer } from './wait.ts';

/** The container verbs, each in its own file. This one finds the container and takes its lock where a verb changes it. */
export function createContainers(context: EngineContext): Containers {
  const find = (reference: string): Entry => context.store.find(reference);
  const locked = <T>(reference: string, work: (entry: Entry) => Promise<T> | T): Promise<T> => {
    const entry = find(reference);
    // While a caller waited for the lock, the container may have gone.
    return context.locks.run(entry.record.id, () => work(find(entry.record.id)));
  };
  const value = (entry: Entry) => toContainer(entry, containerDir(context, entry.record.id));
  return {
    create: (request) => createContainer(context, request),
    get: (reference) => value(find(reference)),
    list: () =>
      context.store
        .all()
        .filter((entry) => !entry.state.creating)
        .map(value),
    start: (reference) => locked(reference, (entry) => startContainer(context, entry, 'user')),
    stop: async (reference, options = {}) => stopContainer(context, find(reference), options),
    restart: async (reference, options = {}) => restartContainer(context, find(reference), options),
    kill: async (reference, signal) => killContainer(context, find(reference), signal || 'SIGKILL'),
    pause: (reference) => locked(reference, (entry) => pauseContainer(context, entry)),
    unpause: (reference) => locked(reference, (entry) => unpauseContainer(context, entry)),
    wait: (reference, condition, options) => waitForContainer(find(reference), condition, options),
    remove: async (reference, options = {}) => removeReferenced(context, find(reference), options),
    rename: (reference, name) => locked(reference, (entry) => renameContainer(context, entry, name)),
    update: (reference, request) => locked(reference, (entry) => updateContainer(context, entry, request)),
    attach: async (reference, options) => attachToContainer(context, find(reference), options),
    resize: async (reference, size) => resizeContainer(context, find(reference), size),
    logs: (reference, options) => containerLogs(context, find(reference), options),
    top: async (reference, psArgs) => containerTop(context, find(reference), psArgs),
    stats: async (reference) => containerStats(context, find(reference)),
    changes: async (reference) => context.images.snapshots.changes(find(reference).record.id),
    exportRootfs: async (reference) => exportRootfs(context, find(reference)),
    statPath: async (reference, path) => statPath(context, find(reference), path),
    readArchive: async (reference, path) => readArchive(context, find(reference), path),
    writeArchive: async (reference, path, tar, options) => {
      const entry = find(reference);
      const write = () => writeArchive(context, entry, path, tar, options);
      return isRunning(entry) ? write() : context.locks.run(entry.record.id, write);
    },
    commit: (reference, options) => locked(reference, (entry) => commitContainer(context, entry, options)),
    prune: (filter) => pruneContainers(context, (entry) => filter(value(entry))),
    size: async (reference) => containerSize(context, find(reference)),
    endpoints: (reference) => context.networks.endpointsOf(find(reference).record.id),
    ports: (reference) => context.networks.publishedPorts(find(reference).record.id),
    connectNetwork: (reference, network, settings) =>
      locked(reference, (entry) => connectNetwork(context, entry, network, settings)),
    disconnectNetwork: (reference, network, options) =>
      locked(reference, (entry) => disconnectNetwork(context, entry, network, options)),
    republish: (reference, bindings) => locked(reference, (entry) => republish(context, entry, bindings)),
  };
}
