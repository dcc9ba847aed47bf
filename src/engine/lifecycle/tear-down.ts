import { span } from '#base';
import type { EngineContext } from '../context.ts';
import type { Entry } from '../store/entry.ts';
import { networkAttributes } from './network.ts';

/** Takes back what a run had: network, mounts, volumes in use. Idempotent; every part is tried even if one fails. */
export async function tearDown(context: EngineContext, entry: Entry): Promise<void> {
  const { id, mounts } = entry.record;
  const endpoints = context.networks.endpointsOf(id);
  await using cleanup = new AsyncDisposableStack();
  for (const mount of mounts) {
    if (mount.type === 'volume') cleanup.defer(() => context.volumes.release(mount.name, id));
    if (mount.type === 'image')
      cleanup.defer(() => context.images.snapshots.remove(imageMountKey(id, mount.destination)));
  }
  cleanup.defer(() => span('mounts', () => context.images.snapshots.release(id)));
  cleanup.defer(() => span('network', () => context.networks.release(id)));
  for (const endpoint of endpoints) {
    const attributes = networkAttributes(context.networks.get(endpoint.networkId), id);
    context.events.publish('network', 'disconnect', endpoint.networkId, attributes);
  }
}

/** The snapshot behind one `--mount type=image`. */
export function imageMountKey(containerId: string, destination: string): string {
  return `${containerId}-image-${Buffer.from(destination).toString('hex')}`;
}
