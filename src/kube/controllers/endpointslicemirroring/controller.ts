import type { KubeObject, Shared } from '#kube/api';
import { keyOf, type ReconcileResult } from '#kube/client';
import {
  controllerRef,
  ENDPOINT_SLICES,
  ENDPOINTS,
  Expectations,
  LOOK_AGAIN,
  Loop,
  type OwnerKind,
  SERVICES,
} from '../common/mod.ts';
import type { Controller, ControllerContext } from '../contract.ts';
import { MANAGED_BY as ENDPOINTS_MANAGED_BY, type Endpoints } from '../endpoints/mod.ts';
import {
  type EndpointSlice,
  indexByService,
  MANAGED_BY,
  planSlices,
  SERVICE_NAME,
  type Service,
  slicesOf,
  writeSlices,
} from '../endpointslice/mod.ts';
import { mirroredGroups } from './mirror.ts';

const MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

/** The slices go with the Endpoints that they mirror. */
const MIRRORED: OwnerKind<Endpoints> = { resource: ENDPOINTS, kind: 'Endpoints', selector: () => undefined };

/** Makes slices of Endpoints that people wrote for services without a selector. */
export const endpointSliceMirroringController: Controller = {
  name: 'endpointslicemirroring-controller',
  start: (context) => {
    const slices = indexByService(context.informers.of<EndpointSlice>(ENDPOINT_SLICES));
    const expectations = new Expectations(slices);
    const reconcile = (key: string) => mirror(context, key, expectations);
    const loop = new Loop({ name: 'endpointslicemirroring-controller', reconcile });
    loop.owns(context.informers.of<Endpoints>(ENDPOINTS));
    const add = (object: Shared<KubeObject>) => loop.add(keyOf(object));
    loop.handle(context.informers.of(SERVICES), { onAdd: add, onUpdate: add, onDelete: add });
    const wake = ({ metadata }: Shared<EndpointSlice>) => {
      const name = metadata.labels?.[MANAGED_BY] === MANAGER ? metadata.labels[SERVICE_NAME] : undefined;
      if (name !== undefined) loop.add(keyOf({ metadata: { name, namespace: metadata.namespace } }));
    };
    loop.handle(slices, { onAdd: wake, onUpdate: wake, onDelete: wake });
    return loop.begin();
  },
};

async function mirror(
  { client, informers }: ControllerContext,
  key: string,
  expectations: Expectations<EndpointSlice>,
): Promise<ReconcileResult | undefined> {
  if (!expectations.met(key)) return LOOK_AGAIN;
  const endpoints = informers.of<Endpoints>(ENDPOINTS).get(key);
  const slices = slicesOf(informers.of<EndpointSlice>(ENDPOINT_SLICES), key, MANAGER);
  // Where the Endpoints are gone, the garbage collector takes their slices.
  if (endpoints === undefined) return undefined;
  const service = informers.of<Service>(SERVICES).get(key);
  const meta = metaOf(endpoints);
  const groups = isMirrored(endpoints, service) ? mirroredGroups(endpoints) : [];
  const owner = { object: endpoints, reference: controllerRef(endpoints, MIRRORED), meta };
  await writeSlices(client, owner, slices, planSlices(groups, slices, meta), expectations);
  return undefined;
}

function isMirrored({ metadata }: Shared<Endpoints>, service: Shared<Service> | undefined): boolean {
  if (service === undefined || Object.keys(service.spec?.selector ?? {}).length > 0) return false;
  if (metadata.deletionTimestamp !== undefined || metadata.labels?.[SKIP_MIRROR] === 'true') return false;
  return metadata.annotations?.[LEADER] === undefined;
}

function metaOf({ metadata }: Shared<Endpoints>) {
  const { [ENDPOINTS_MANAGED_BY]: _, ...labels } = metadata.labels ?? {};
  const { [LAST_APPLIED]: __, [TRIGGER_TIME]: ___, ...annotations } = metadata.annotations ?? {};
  return { labels: { ...labels, [SERVICE_NAME]: metadata.name ?? '', [MANAGED_BY]: MANAGER }, annotations };
}
