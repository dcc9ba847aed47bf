import { closeSync, constants, openSync } from 'node:fs';
import { HakoError } from '#base';
import type { CdiEdits } from '#runtime';
import { mkdirsInRoot, readFileInRoot } from '#system';
import type { EngineContext } from '../context.ts';
import { imageMountKey } from '../lifecycle/tear-down.ts';
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
    cdi: await cdiEdits(context, entry),
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

/** `--gpus` and `--device vendor.com/class=name` are devices of the Container Device Interface. */
async function cdiEdits(context: EngineContext, entry: Entry): Promise<CdiEdits | undefined> {
  const { Devices = [], DeviceRequests = [] } = entry.record.hostConfig;
  const named = Devices.map((device) => device.PathOnHost).filter((path) => !path.startsWith('/'));
  const requested = DeviceRequests.flatMap((request) => cdiNames(request));
  const names = [...named, ...requested];
  return names.length === 0 ? undefined : context.cdi.resolve(names);
}

function cdiNames(request: NonNullable<Entry['record']['hostConfig']['DeviceRequests']>[number]): string[] {
  if (request.Driver === 'cdi') return request.DeviceIDs ?? [];
  const gpus = (request.Capabilities ?? []).some((all) => all.includes('gpu'));
  if (!gpus) {
    throw new HakoError(
      'invalid',
      `could not select device driver "${request.Driver ?? ''}": only gpu and cdi requests are known`,
    );
  }
  if (request.DeviceIDs?.length) return request.DeviceIDs.map((id) => `nvidia.com/gpu=${id}`);
  if (request.Count === undefined || request.Count < 0) return ['nvidia.com/gpu=all'];
  return Array.from({ length: request.Count }, (_, index) => `nvidia.com/gpu=${index}`);
}

function initOf(context: EngineContext, entry: Entry): string | undefined {
  if (entry.record.hostConfig.Init !== true) return undefined;
  if (context.settings.initPath !== undefined) return context.settings.initPath;
  throw new HakoError(
    'failed_precondition',
    '--init needs an init program on the host: install the package "tini" or "catatonit"',
  );
}
