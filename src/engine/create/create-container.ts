import { mkdirSync } from 'node:fs';
import { failpoint, HakoError, newId, span } from '#base';
import type { Image } from '#images';
import { containerDir, type EngineContext } from '../context.ts';
import type { CreateContainerRequest, MountPoint } from '../contract.ts';
import { removeTraces } from '../lifecycle/remove.ts';
import { parseLogConfig } from '../logs/mod.ts';
import type { ContainerConfig, HostConfig } from '../spec.ts';
import type { Entry } from '../store/entry.ts';
import { eventAttributes } from '../store/event-attributes.ts';
import { type ContainerRecord, newState } from '../store/record.ts';
import { validateContainer } from '../validate/mod.ts';
import { fillVolumes } from './fill-volumes.ts';
import { withHostDefaults } from './host-defaults.ts';
import { commandOf, mergeConfig } from './merge-config.ts';
import { resolveMounts, wantedMounts } from './mounts.ts';
import { checkedName, inventName } from './name.ts';
import { hasOwnNetwork, resolveNetworking } from './networking.ts';
import { allocateMapping } from './user-namespace.ts';

/**
 * Makes a container: checks everything that can be checked now, then writes the row, the writable layer and the
 * volumes. The row is marked `creating` until all of it stands, so that a start-up after a crash takes it back.
 */
export async function createContainer(
  context: EngineContext,
  request: CreateContainerRequest,
): Promise<{ id: string; warnings: string[] }> {
  const warnings = validateContainer(request.config, request.hostConfig);
  const image = imageOf(context, request);
  const record = newRecord(context, request, image);
  const entry = context.store.insert(record, newState());
  // From the first moment: others can name it already, to start or remove it.
  await context.locks.run(record.id, () => complete(context, entry, image));
  return { id: record.id, warnings };
}

async function complete(context: EngineContext, entry: Entry, image: Image): Promise<void> {
  try {
    await span('writable layer and volumes', () => furnish(context, entry, image));
    failpoint('create.furnished');
    context.store.saveState(entry, { creating: false });
  } catch (error) {
    await removeTraces(context, entry, { anonymousVolumes: true });
    context.store.delete(entry);
    throw error;
  }
  context.events.publish('container', 'create', entry.record.id, eventAttributes(entry.record));
}

function imageOf(context: EngineContext, request: CreateContainerRequest): Image {
  if (request.config.Image === '') throw new HakoError('invalid', 'no image: name the image to run');
  const image = context.images.get(request.config.Image, request.platform ? { platform: request.platform } : {});
  context.images.verify(image, request.config.Image);
  return image;
}

/** The record of a new container; throws before anything is made. */
function newRecord(context: EngineContext, request: CreateContainerRequest, image: Image): ContainerRecord {
  const id = newId();
  const hostConfig = withHostDefaults(context, request.hostConfig);
  const merged = mergeConfig(request.config, image.config.config ?? {});
  const config = { ...merged, Hostname: hostnameOf(merged, hostConfig, id) };
  parseLogConfig(hostConfig.LogConfig);
  return {
    id,
    name: request.name ? checkedName(request.name) : inventName((name) => isFree(context, name)),
    createdAtMs: context.clock.nowMs(),
    imageId: image.id,
    imageName: request.config.Image,
    config,
    hostConfig,
    networking: resolveNetworking(context, request.config, hostConfig, request.networking),
    ...commandOf(config),
    mounts: [],
    runtime: hostConfig.Runtime ?? context.settings.defaultRuntime,
    platform: image.config.os,
    mapping: allocateMapping(context, hostConfig),
  };
}

function hostnameOf(config: ContainerConfig, hostConfig: HostConfig, id: string): string {
  if (config.Hostname || hostConfig.NetworkMode?.startsWith('container:')) return config.Hostname ?? '';
  return hasOwnNetwork(hostConfig) ? id.slice(0, 12) : '';
}

function isFree(context: EngineContext, name: string): boolean {
  return context.store.all().every((entry) => entry.record.name !== name);
}

async function furnish(context: EngineContext, entry: Entry, image: Image): Promise<void> {
  const { record } = entry;
  const wanted = wantedMounts(context, record.config, record.hostConfig);
  mkdirSync(containerDir(context, record.id), { recursive: true, mode: 0o710 });
  // What removes itself need not reach the disk.
  const volatile = record.hostConfig.AutoRemove === true;
  context.images.snapshots.prepare(record.id, image, {
    volatile,
    ...(record.mapping ? { mapping: record.mapping } : {}),
  });
  if (wanted.length === 0) return;
  const note = (mounts: MountPoint[]) => context.store.saveRecord(entry, { ...record, mounts });
  const { mounts, fresh } = await resolveMounts(context, wanted, record.hostConfig, note);
  failpoint('create.volumes-made');
  note(mounts);
  await fillVolumes(context, entry, fresh);
}
