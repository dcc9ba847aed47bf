import type { Shared } from '#kube/api';
import type { Service } from '#kube/api/resources';
import type { QuotaEvaluator } from '../evaluator.ts';

const NAMES: ReadonlySet<string> = new Set([
  'count/services',
  'services',
  'services.nodeports',
  'services.loadbalancers',
]);

/** Counts services, their node ports and load balancers. */
export const serviceEvaluator: QuotaEvaluator = {
  handles: ({ operation }) => operation === 'CREATE' || operation === 'UPDATE',
  counts: (name) => NAMES.has(name),
  usage: (object) => {
    const service = object as Shared<Service>;
    return {
      'count/services': '1',
      services: '1',
      'services.nodeports': String(nodePorts(service)),
      'services.loadbalancers': service.spec?.type === 'LoadBalancer' ? '1' : '0',
    };
  },
};

function nodePorts({ spec }: Shared<Service>): number {
  const { type, ports = [], allocateLoadBalancerNodePorts } = spec ?? {};
  if (type === 'NodePort') return ports.length;
  if (type !== 'LoadBalancer') return 0;
  return allocateLoadBalancerNodePorts === false
    ? ports.filter(({ nodePort = 0 }) => nodePort !== 0).length
    : ports.length;
}
