import { HakoError } from '#base';
import type { EngineContext } from '../context.ts';
import { hasOwnNetwork } from '../create/networking.ts';
import { connect, networkAttributes, portsOf } from '../lifecycle/network.ts';
import { writeNameFiles } from '../process/name-files.ts';
import type { EndpointSettings, HostConfig } from '../spec.ts';
import { type Entry, isRunning } from '../store/entry.ts';

/** Adds a network to a container: at once where it runs, and for every later start. The caller holds the lock. */
export async function connectNetwork(
  context: EngineContext,
  entry: Entry,
  reference: string,
  settings: EndpointSettings,
): Promise<void> {
  const network = context.networks.get(reference);
  const { record } = entry;
  refuseSharedNetwork(entry, network.name);
  const endpoints = { ...record.networking.EndpointsConfig };
  if (endpoints[network.name] !== undefined) {
    throw new HakoError(
      'forbidden',
      `endpoint with name ${record.name} already exists in network ${network.name}: disconnect it first`,
    );
  }
  if (isRunning(entry)) await connect(context, entry, network.name, settings);
  context.store.saveRecord(entry, {
    ...record,
    networking: { EndpointsConfig: { ...endpoints, [network.name]: settings } },
  });
  if (isRunning(entry)) writeNameFiles(context, entry);
}

function refuseSharedNetwork(entry: Entry, network: string): void {
  const { name, hostConfig } = entry.record;
  if (hasOwnNetwork(hostConfig) && network !== 'host' && network !== 'none') return;
  const mode = hasOwnNetwork(hostConfig) ? network : hostConfig.NetworkMode;
  throw new HakoError(
    'invalid',
    `container ${name} cannot be connected to ${network}: it uses the network mode ${mode}`,
  );
}

/** Takes a network from a container, now and for later starts. The caller holds the lock. */
export async function disconnectNetwork(
  context: EngineContext,
  entry: Entry,
  reference: string,
  options: { force: boolean },
): Promise<void> {
  const network = context.networks.get(reference);
  const { id, name, networking } = entry.record;
  const { [network.name]: settings, ...rest } = networking.EndpointsConfig ?? {};
  if (settings === undefined && !options.force) {
    throw new HakoError('invalid', `container ${name} is not connected to network ${network.name}`);
  }
  if (isRunning(entry)) await context.networks.disconnect(id, network.id);
  context.store.saveRecord(entry, { ...entry.record, networking: { EndpointsConfig: rest } });
  if (isRunning(entry)) writeNameFiles(context, entry);
  context.events.publish('network', 'disconnect', network.id, networkAttributes(network, id));
}

/** Replaces the published ports; the old ones stay when the new ones cannot be had. The caller holds the lock. */
export async function republish(
  context: EngineContext,
  entry: Entry,
  bindings: NonNullable<HostConfig['PortBindings']>,
): Promise<void> {
  const { record } = entry;
  const hostConfig = { ...record.hostConfig, PortBindings: bindings };
  const wanted = portsOf(entry, hostConfig);
  if (isRunning(entry)) {
    await context.networks.unpublish(record.id);
    try {
      await context.networks.publish(record.id, wanted);
    } catch (error) {
      await context.networks.publish(record.id, portsOf(entry, record.hostConfig));
      throw error;
    }
  }
  context.store.saveRecord(entry, { ...record, hostConfig });
}
