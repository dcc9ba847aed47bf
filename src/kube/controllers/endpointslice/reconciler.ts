import type { Shared } from '#kube/api';
import type { Informer, ReconcileResult } from '#kube/client';
import {
  controllerRef,
  ENDPOINT_SLICES,
  Expectations,
  LOOK_AGAIN,
  matcherOf,
  NODES,
  type OwnerKind,
  PODS,
  type Pod,
  SERVICES,
} from '../common/mod.ts';
import type { ControllerContext } from '../contract.ts';
import { desiredGroups, MANAGED_BY, SERVICE_NAME, sliceLabels } from './desired.ts';
import { selectedPods } from './follow-pods.ts';
import { planSlices } from './plan.ts';
import { selectsPods } from './pod-endpoints.ts';
import type { EndpointSlice, Service } from './types.ts';
import { writeSlices } from './write-slices.ts';

const MANAGER = 'endpointslice-controller.k8s.io';
const ZONE = 'topology.kubernetes.io/zone';
const BY_SERVICE = 'service';

/** How services own slices. */
export const SERVICE: OwnerKind<Service> = {
  resource: SERVICES,
  kind: 'Service',
  selector: ({ spec }) => (spec?.selector === undefined ? undefined : matcherOf({ matchLabels: spec.selector })),
};

/** Makes the informer find slices by `namespace/service`. */
export function indexByService(slices: Informer<EndpointSlice>): Informer<EndpointSlice> {
  return slices.addIndex(BY_SERVICE, ({ metadata }) => {
    const service = metadata.labels?.[SERVICE_NAME];
    return service === undefined ? [] : [`${metadata.namespace}/${service}`];
  });
}

/** The slices of a service that `manager` keeps. */
export function slicesOf(slices: Informer<EndpointSlice>, key: string, manager: string): Shared<EndpointSlice>[] {
  return slices.byIndex(BY_SERVICE, key).filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === manager);
}

/** Keeps the slices of services that select pods. */
export class EndpointSliceReconciler {
  readonly #context: ControllerContext;
  readonly #services: Informer<Service>;
  readonly #pods: Informer<Pod>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #expectations: Expectations<EndpointSlice>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#services = context.informers.of<Service>(SERVICES);
    this.#pods = context.informers.of<Pod>(PODS);
    this.#slices = indexByService(context.informers.of<EndpointSlice>(ENDPOINT_SLICES));
    this.#expectations = new Expectations(this.#slices);
  }

  /** Brings the slices of one service in line with its pods. */
  async reconcile(key: string): Promise<ReconcileResult | undefined> {
    const service = this.#services.get(key);
    if (service === undefined) {
      // The garbage collector takes the slices.
      this.#expectations.forget(key);
      return undefined;
    }
    if (service.metadata.deletionTimestamp !== undefined || !selectsPods(service)) return undefined;
    if (!this.#expectations.met(key)) return LOOK_AGAIN;
    const slices = slicesOf(this.#slices, key, MANAGER);
    const groups = desiredGroups(service, selectedPods(service, this.#pods), (node) => this.#zoneOf(node));
    const meta = { labels: sliceLabels(service, MANAGER) };
    const owner = { object: service, reference: controllerRef(service, SERVICE), meta };
    await writeSlices(this.#context.client, owner, slices, planSlices(groups, slices, meta), this.#expectations);
    return undefined;
  }

  #zoneOf(node: string): string | undefined {
    return this.#context.informers.of(NODES).get(node)?.metadata.labels?.[ZONE];
  }
}
