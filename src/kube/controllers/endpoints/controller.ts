import { ignoring, type KubeObject } from '#kube/api';
import { type Client, keyOf, splitKey } from '#kube/client';
import { ENDPOINTS, isNamespaceGoing, Loop, PODS, type Pod, SERVICES } from '../common/mod.ts';
import type { Controller, ControllerContext } from '../contract.ts';
import { followPods, type Service, selectedPods, selectsPods } from '../endpointslice/mod.ts';
import { planEndpoints } from './plan.ts';
import type { Endpoints } from './types.ts';

/** Says which addresses are behind each service, in one object: for clients that don't know slices. */
export const endpointsController: Controller = {
  name: 'endpoint-controller',
  start: (context) => {
    const loop = new Loop({ name: 'endpoint-controller', reconcile: (key) => reconcile(context, key) });
    const services = loop.owns(context.informers.of<Service>(SERVICES));
    followPods(loop, services, context.informers.of<Pod>(PODS));
    const endpoints = context.informers.of<Endpoints>(ENDPOINTS);
    loop.handle(endpoints, { onDelete: (object) => loop.add(keyOf(object as KubeObject)) });
    return loop.begin();
  },
};

async function reconcile({ client, informers }: ControllerContext, key: string): Promise<undefined> {
  const service = informers.of<Service>(SERVICES).get(key);
  const current = informers.of<Endpoints>(ENDPOINTS).get(key);
  const { namespace, name } = splitKey(key);
  if (service === undefined) {
    if (current !== undefined) await remove(client, namespace, name);
    return;
  }
  if (!selectsPods(service)) return;
  const plan = planEndpoints(service, selectedPods(service, informers.of<Pod>(PODS)), current);
  if (plan === undefined) return;
  const metadata = { ...current?.metadata, ...plan.metadata, name, namespace };
  const object = { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: plan.subsets } as KubeObject;
  try {
    if (current === undefined) await client.create(ENDPOINTS, object);
    else await client.update(ENDPOINTS, object);
  } catch (error) {
    if (!isNamespaceGoing(error)) throw error;
  }
}

/** Endpoints have no owner: they go with the service of their name. */
async function remove(client: Client, namespace: string, name: string): Promise<void> {
  await ignoring(client.delete(ENDPOINTS, { namespace, name }), 'NotFound');
}
