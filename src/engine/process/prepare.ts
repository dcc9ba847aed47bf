import { closeSync, constants, openSync } from 'node:fs';
import { HakoError } from '#base';
import { type CdiEdits, CdiRegistry, isCdiDevice } from '#runtime';
import { mkdirsInRoot, readFileInRoot } from '#system';
import type { EngineContext } from '../context.ts';
import { imageMountKey } from '../lifecycle/tear-down.ts';
import type { DeviceRequest } from '../spec.ts';
import type { Entry } from '../store/entry.ts';
import { writeNameFiles } from './name-files.ts';
import type { Prepared } from './spec-input.ts';
import { type ProcessUser, resolveUser } from './user.ts';

const MAX_ACCOUNT_FILE_BYTES = 4 * 1024 * 1024;

/** Makes the root file system and everything else ready that the process of a container needs. */
export async function prepareProcess(
  context: EngineContext,
  entry: Entry,
  netnsPath: string | undefined,
): Promise<Prepared> {
  const { id, config, hostConfig, mounts, mapping } = entry.record;
  const rootfs = context.images.snapshots.mount(id);
  for (const mount of mounts) if (mount.type === 'volume') await context.volumes.mountForUse(mount.name, id);
  const user = userIn(rootfs, config.User ?? '', hostConfig.GroupAdd ?? []);
  ensureWorkingDir(rootfs, config.WorkingDir ?? '', mapping?.hostId ?? 0);
  writeNameFiles(context, entry);
  return {
    rootfs,
    netnsPath,
    user,
    imageMounts: mountImages(context, entry),
    cdi: cdiEdits(entry),
    initPath: initOf(context, entry),
  };
}

/** Resolves a user with the account files inside `rootfs`, which is hostile: no link leads out of it. */
export function userIn(rootfs: string, user: string, groupAdd: readonly string[]): ProcessUser {
  const root = openSync(rootfs, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const read = (path: string) => readFileInRoot(root, path, MAX_ACCOUNT_FILE_BYTES)?.toString('utf8') ?? '';
    return resolveUser(user, groupAdd, { passwd: read('/etc/passwd'), group: read('/etc/group') });
  } finally {
    closeSync(root);
  }
}

/** Docker makes a missing working folder, owned by the container's root. */
function ensureWorkingDir(rootfs: string, workingDir: string, ownerId: number): void {
  if (workingDir === '' || workingDir === '/') return;
  if (!workingDir.startsWith('/')) {
    throw new HakoError('invalid', `the working directory '${workingDir}' is invalid, it needs to be an absolute path`);
  }
  const root = openSync(rootfs, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    mkdirsInRoot(root, workingDir, { mode: 0o755, uid: ownerId, gid: ownerId });
  } finally {
    closeSync(root);
  }
}

function mountImages(context: EngineContext, entry: Entry): Map<string, string> {
  const paths = new Map<string, string>();
  for (const mount of entry.record.mounts) {
    if (mount.type !== 'image') continue;
    const key = imageMountKey(entry.record.id, mount.destination);
    context.images.snapshots.prepare(
      key,
      context.images.get(mount.source),
      entry.record.mapping ? { mapping: entry.record.mapping } : {},
    );
    paths.set(mount.destination, context.images.snapshots.mount(key));
  }
  return paths;
}

/** `--gpus` and `--device vendor.com/class=name` are devices of the Container Device Interface; its files are read anew. */
function cdiEdits(entry: Entry): CdiEdits | undefined {
  const { Devices = [], DeviceRequests = [] } = entry.record.hostConfig;
  const named = Devices.map((device) => device.PathOnHost).filter(isCdiDevice);
  if (named.length === 0 && DeviceRequests.length === 0) return undefined;
  const registry = CdiRegistry.read();
  return registry.resolve([...named, ...DeviceRequests.flatMap((request) => cdiNames(registry, request))]);
}

function cdiNames(registry: CdiRegistry, request: DeviceRequest): string[] {
  const { Driver = '', DeviceIDs: ids = [], Count: count, Capabilities = [] } = request;
  if (Driver === 'cdi') return ids;
  if (Capabilities.some((all) => all.includes('gpu')))
    return registry.gpus(count === undefined ? { ids } : { ids, count });
  throw new HakoError('invalid', `could not select device driver "${Driver}": only gpu and cdi requests are known`);
}

function initOf(context: EngineContext, entry: Entry): string | undefined {
  if (entry.record.hostConfig.Init !== true) return undefined;
  if (context.settings.initPath !== undefined) return context.settings.initPath;
  throw new HakoError(
    'failed_precondition',
    '--init needs an init program on the host: install the package "tini" or "catatonit"',
  );
}
