import type { Readable } from 'node:stream';
import { type Confinement, callWorker, DEFAULT_LIMITS, startTicksOf, startWorker } from '#system/rootfs';
import { containerDir, type EngineContext } from '../context.ts';
import type { PathStat } from '../contract.ts';
import { userIn } from '../process/prepare.ts';
import { volumeSource } from '../process/volume-source.ts';
import { type Entry, isRunning } from '../store/entry.ts';

/** The container's files as one tar, without its volumes. */
export async function exportRootfs(context: EngineContext, entry: Entry): Promise<Readable> {
  const { snapshots } = context.images;
  const { id } = entry.record;
  const root: Confinement = isRunning(entry)
    ? { kind: 'directory', dir: snapshots.mount(id) }
    : { kind: 'mounts', root: snapshots.viewOf(id), mountPoint: containerDir(context, id), volumes: [] };
  const worker = startWorker('packTree', root, mappingOf(entry));
  return worker.output;
}

/** What is at `path` in the container, volumes included. Throws `not_found`. */
export async function statPath(context: EngineContext, entry: Entry, path: string): Promise<PathStat> {
  return callWorker('stat', confinementOf(context, entry, 'viewOf'), { path });
}

/** `docker cp` out of a container. */
export async function readArchive(
  context: EngineContext,
  entry: Entry,
  path: string,
): Promise<{ stat: PathStat; tar: Readable }> {
  const worker = startWorker('packPath', confinementOf(context, entry, 'viewOf'), { path, ...mappingOf(entry) });
  const stat = await worker.stat;
  return { stat, tar: worker.output };
}

/**
 * `docker cp` into a container: unpacks the tar into the folder `path`. The caller holds the lock of a stopped container,
 * because its layer must not be mounted twice.
 */
export async function writeArchive(
  context: EngineContext,
  entry: Entry,
  path: string,
  tar: Readable,
  options: { noOverwriteDirNonDir: boolean; copyUidGid: boolean },
): Promise<void> {
  const owner = options.copyUidGid ? { owner: await ownerOf(context, entry) } : {};
  const parameters = {
    path,
    noOverwriteDirNonDir: options.noOverwriteDirNonDir,
    ...owner,
    ...mappingOf(entry),
    limits: DEFAULT_LIMITS,
  };
  await callWorker('unpackArchive', confinementOf(context, entry, 'mountOf'), parameters, { input: tar });
}

/** A running container is entered where it lives; of a stopped one the files and volumes are mounted for the worker alone. */
function confinementOf(context: EngineContext, entry: Entry, access: 'viewOf' | 'mountOf'): Confinement {
  if (isRunning(entry)) {
    const { pid } = entry.state;
    return { kind: 'process', pid, startTicks: startTicksOf(pid) };
  }
  const mounts = entry.record.mounts.filter((mount) => mount.type === 'volume' || mount.type === 'bind');
  return {
    kind: 'mounts',
    root: context.images.snapshots[access](entry.record.id),
    mountPoint: mountPoint(context, entry),
    volumes: mounts.map((mount) => ({
      source: mount.type === 'volume' ? volumeSource(mount) : mount.source,
      target: mount.destination,
      readOnly: !mount.readWrite,
    })),
  };
}

/** Any folder will do: it is covered in the worker's own mount namespace only. */
function mountPoint(context: EngineContext, entry: Entry): string {
  return containerDir(context, entry.record.id);
}

function mappingOf(entry: Entry) {
  return entry.record.mapping ? { mapping: entry.record.mapping } : {};
}

async function ownerOf(context: EngineContext, entry: Entry) {
  const { id, config } = entry.record;
  const user = config.User ?? '';
  if (isRunning(entry)) return ids(userIn(`/proc/${entry.state.pid}/root`, user, []));
  try {
    return ids(userIn(context.images.snapshots.mount(id), user, []));
  } finally {
    await context.images.snapshots.release(id);
  }
}

function ids({ uid, gid }: { uid: number; gid: number }) {
  return { uid, gid };
}
