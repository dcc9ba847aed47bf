import type { KubeObject, Shared } from '#kube/api';
import { keyOf } from '#kube/client';
import { ENDPOINT_SLICES, Loop, NODES, PODS, type Pod, SERVICES } from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import { SERVICE_NAME } from './desired.ts';
import { followPods } from './follow-pods.ts';
import { EndpointSliceReconciler } from './reconciler.ts';
import type { EndpointSlice, Service } from './types.ts';

const ZONE = 'topology.kubernetes.io/zone';

/** Says which addresses are behind each service, in slices. */
export const endpointSliceController: Controller = {
  name: 'endpointslice-controller',
  start: (context) => {
    const reconciler = new EndpointSliceReconciler(context);
    const loop = new Loop({ name: 'endpointslice-controller', reconcile: (key) => reconciler.reconcile(key) });
    const services = loop.owns(context.informers.of<Service>(SERVICES));
    followPods(loop, services, context.informers.of<Pod>(PODS));
    const wake = ({ metadata }: Shared<EndpointSlice>) => {
      const name = metadata.labels?.[SERVICE_NAME];
      if (name !== undefined) loop.add(keyOf({ metadata: { name, namespace: metadata.namespace } }));
    };
    loop.handle(context.informers.of<EndpointSlice>(ENDPOINT_SLICES), { onAdd: wake, onUpdate: wake, onDelete: wake });
    loop.handle(context.informers.of(NODES), {
      onUpdate: (node, old) => {
        if (node.metadata.labels?.[ZONE] === old.metadata.labels?.[ZONE]) return;
        for (const service of services.list()) loop.add(keyOf(service as KubeObject));
      },
    });
    return loop.begin();
  },
};
