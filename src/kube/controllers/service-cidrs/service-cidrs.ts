import { type GroupVersionResource, ignoring, type KubeObject } from '#kube/api';
import { findObject } from '#kube/client';
import { createdMs, Loop, SERVICES } from '../common/mod.ts';
import type { Controller, ControllerContext } from '../contract.ts';
import { planCidr, type ServiceCidr } from './plan.ts';

export const CIDRS: GroupVersionResource = { group: 'networking.k8s.io', version: 'v1', resource: 'servicecidrs' };
export const ADDRESSES: GroupVersionResource = { group: 'networking.k8s.io', version: 'v1', resource: 'ipaddresses' };
const DEFAULT = 'kubernetes';
/** A service that comes, comes within this time after its address. */
const SETTLE_MS = 60_000;

/** `IPAddress`: an address, by its name, and who has it. */
interface IpAddress extends KubeObject {
  spec?: { parentRef?: { group?: string; resource?: string; namespace?: string; name?: string } };
}

/** Sees to the blocks that services' addresses come from: the cluster's own is there, and none goes while it is needed. */
export const serviceCidrsController: Controller = {
  name: 'service-cidrs-controller',
  start(context) {
    const { client, informers, nowMs } = context;
    const cidrs = informers.of<ServiceCidr>(CIDRS);
    const addresses = informers.of<IpAddress>(ADDRESSES);
    const loop = new Loop({
      name: 'service-cidr-controller',
      reconcile: async (name) => {
        const cidr = cidrs.get(name);
        if (cidr === undefined) {
          if (name === DEFAULT) await createDefault(context);
          return undefined;
        }
        const others = cidrs.list().filter((other) => other !== cidr);
        const known = addresses.list().map(({ metadata }) => metadata.name ?? '');
        const { finalizers, conditions } = planCidr(cidr, others, known, nowMs());
        const { resourceVersion } = cidr.metadata;
        if (finalizers !== undefined) {
          await client.patch(CIDRS, { name }, { type: 'merge', body: { metadata: { resourceVersion, finalizers } } });
        }
        if (conditions !== undefined) {
          await client.patch(
            CIDRS,
            { name },
            { type: 'merge', body: { status: { conditions } } },
            { subresource: 'status' },
          );
        }
        return undefined;
      },
    });
    loop.owns(cidrs);
    loop.handle(addresses, {
      onDelete: () => {
        for (const { metadata } of cidrs.list()) if (metadata.deletionTimestamp) loop.add(metadata.name ?? '');
      },
    });
    loop.add(DEFAULT);
    return loop.begin();
  },
};

async function createDefault({ client, cluster }: ControllerContext): Promise<void> {
  await ignoring(
    client.create(CIDRS, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: DEFAULT },
      spec: { cidrs: [cluster.serviceBlock] },
    }),
    'AlreadyExists',
  );
}

/** Gives back addresses of services that are gone. The server does so itself; what a crash left behind is found here. */
export const addressCleaner: Controller = {
  name: 'service-cidrs-controller',
  start({ client, informers, nowMs }) {
    const addresses = informers.of<IpAddress>(ADDRESSES);
    const services = informers.of(SERVICES);
    const loop = new Loop({
      name: 'ipaddress-cleaner',
      reconcile: async (name) => {
        const address = addresses.get(name);
        const parent = address?.spec?.parentRef;
        if (parent === undefined || (parent.group ?? '') !== '' || parent.resource !== 'services') return undefined;
        const ref = { namespace: parent.namespace ?? '', name: parent.name ?? '' };
        if (services.get(`${ref.namespace}/${ref.name}`) !== undefined) return undefined;
        // An address is written before its service.
        const ageMs = nowMs() - createdMs(address ?? { metadata: {} });
        if (ageMs < SETTLE_MS) return { requeueAfterMs: SETTLE_MS - ageMs };
        if ((await findObject(client, SERVICES, ref)) !== undefined) return undefined;
        const { uid } = address?.metadata ?? {};
        await ignoring(
          client.delete(ADDRESSES, { name }, uid === undefined ? {} : { preconditions: { uid } }),
          'NotFound',
        );
        return undefined;
      },
    });
    loop.owns(addresses);
    loop.needs(services);
    return loop.begin();
  },
};
