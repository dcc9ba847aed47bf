import type { KubeObject, Shared } from '#kube/api';
import { type ResourceList, setEntry } from '#kube/api/values';
import type { QuotaEvaluator } from '../evaluator.ts';

interface DeviceRequest {
  deviceClassName?: string;
  allocationMode?: string;
  count?: number;
}

interface ResourceClaim extends KubeObject {
  spec?: { devices?: { requests?: (DeviceRequest & { exactly?: DeviceRequest; firstAvailable?: DeviceRequest[] })[] } };
}

const COUNT = 'count/resourceclaims.resource.k8s.io';
const DEVICES = '.deviceclass.resource.k8s.io/devices';
/** A claim for all devices may get as many as a claim can hold. */
const MAX_DEVICES = 32;

/** Counts claims of devices, and the devices of each class that they may get at most. */
export const resourceClaimEvaluator: QuotaEvaluator = {
  handles: ({ operation }) => operation === 'CREATE',
  counts: (name) => name === COUNT || name.endsWith(DEVICES),
  usage(object) {
    const totals = new Map<string, number>();
    for (const request of (object as Shared<ResourceClaim>).spec?.devices?.requests ?? []) {
      for (const [name, count] of worstCase(request)) totals.set(name, (totals.get(name) ?? 0) + count);
    }
    const used: ResourceList = { [COUNT]: '1' };
    for (const [name, count] of totals) setEntry(used, `${name}${DEVICES}`, String(count));
    return used;
  },
};

type Request = Shared<NonNullable<NonNullable<NonNullable<ResourceClaim['spec']>['devices']>['requests']>[number]>;

/** Of alternatives, the most of each class. */
function worstCase(request: Request): Map<string, number> {
  const most = new Map<string, number>();
  for (const one of request.firstAvailable ?? [request.exactly ?? request]) {
    const name = one.deviceClassName ?? '';
    const count = one.allocationMode === 'All' ? MAX_DEVICES : (one.count ?? 1);
    if (name !== '') most.set(name, Math.max(most.get(name) ?? 0, count));
  }
  return most;
}
