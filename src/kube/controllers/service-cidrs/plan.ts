import { BlockList, isIPv6 } from 'node:net';
import type { KubeObject, Shared } from '#kube/api';
import { type StatusCondition, withCondition } from '../common/mod.ts';

export const FINALIZER = 'networking.k8s.io/service-cidr-finalizer';

/** `ServiceCIDR`: blocks of addresses for services. */
export interface ServiceCidr extends KubeObject {
  spec?: { cidrs?: string[] };
  status?: { conditions?: StatusCondition[] };
}

/** What a ServiceCIDR should have; a part that is absent is as it should be. */
export interface CidrPlan {
  readonly finalizers?: readonly string[];
  readonly conditions?: readonly Shared<StatusCondition>[];
}

/** Decides about a block of addresses: it stays while services have addresses from it and from no other. Pure. */
export function planCidr(
  cidr: Shared<ServiceCidr>,
  others: readonly Shared<ServiceCidr>[],
  addresses: readonly string[],
  nowMs: number,
): CidrPlan {
  const { finalizers = [], deletionTimestamp } = cidr.metadata;
  const has = finalizers.includes(FINALIZER);
  if (deletionTimestamp === undefined) {
    const message = `Kubernetes ${cidr.metadata.name === 'kubernetes' ? 'default ' : ''}Service CIDR is ready`;
    return {
      ...(has ? {} : { finalizers: [...finalizers, FINALIZER] }),
      ...changed(cidr, { type: 'Ready', status: 'True', reason: 'Ready', message }, nowMs),
    };
  }
  if (!has) return {};
  if (!isNeeded(cidr, others, addresses)) return { finalizers: finalizers.filter((name) => name !== FINALIZER) };
  const message =
    'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR';
  return changed(cidr, { type: 'Ready', status: 'False', reason: 'Terminating', message }, nowMs);
}

function changed(
  { status }: Shared<ServiceCidr>,
  condition: Omit<StatusCondition, 'lastTransitionTime'>,
  nowMs: number,
): Pick<CidrPlan, 'conditions'> {
  const conditions = withCondition(status?.conditions, condition, nowMs);
  return conditions === status?.conditions ? {} : { conditions };
}

function isNeeded(
  cidr: Shared<ServiceCidr>,
  others: readonly Shared<ServiceCidr>[],
  addresses: readonly string[],
): boolean {
  const own = blocksOf([cidr]);
  const rest = blocksOf(others.filter(({ metadata }) => metadata.deletionTimestamp === undefined));
  return addresses.some((address) => contains(own, address) && !contains(rest, address));
}

function blocksOf(cidrs: readonly Shared<ServiceCidr>[]): BlockList {
  const blocks = new BlockList();
  for (const text of cidrs.flatMap(({ spec }) => spec?.cidrs ?? [])) {
    const [network = '', bits = ''] = text.split('/');
    blocks.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4');
  }
  return blocks;
}

function contains(blocks: BlockList, address: string): boolean {
  return blocks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
