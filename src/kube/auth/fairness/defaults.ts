import type { KubeObject } from '#kube/api';

const API_VERSION = 'flowcontrol.apiserver.k8s.io/v1';

/** The annotation of objects whose spec the server keeps at its own idea. */
export const AUTO_UPDATE = 'apf.kubernetes.io/autoupdate-spec';

function level(name: string, spec: object): KubeObject {
  const metadata = { name, annotations: { [AUTO_UPDATE]: 'true' } };
  return { apiVersion: API_VERSION, kind: 'PriorityLevelConfiguration', metadata, spec };
}

function queuing(shares: number, lendablePercent: number, queues: number, handSize: number): object {
  const limitResponse = { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } };
  return { type: 'Limited', limited: { nominalConcurrencyShares: shares, lendablePercent, limitResponse } };
}

/** Upstream's priority levels: exempt and catch-all are mandatory, the others suggested. */
export function defaultPriorityLevels(): KubeObject[] {
  return [
    level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
    level('catch-all', {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
    }),
    level('system', queuing(30, 33, 64, 6)),
    level('node-high', queuing(40, 25, 64, 6)),
    level('leader-election', queuing(10, 0, 16, 4)),
    level('workload-high', queuing(40, 50, 128, 6)),
    level('workload-low', queuing(100, 90, 128, 6)),
    level('global-default', queuing(20, 50, 128, 6)),
  ];
}

const group = (name: string) => ({ kind: 'Group', group: { name } });
const user = (name: string) => ({ kind: 'User', user: { name } });
const account = (name: string) => ({ kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name } });

const EVERYBODY = [group('system:unauthenticated'), group('system:authenticated')];
const ANYTHING = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};

function on(verbs: string[], apiGroup: string, resources: string[], clusterScope = false) {
  return { verbs, apiGroups: [apiGroup], resources, namespaces: ['*'], ...(clusterScope ? { clusterScope } : {}) };
}

const LEASES = { resourceRules: [on(['get', 'create', 'update'], 'coordination.k8s.io', ['leases'])] };

function schema(
  name: string,
  priorityLevel: string,
  matchingPrecedence: number,
  distinguisher: 'ByUser' | 'ByNamespace' | undefined,
  ...rules: object[]
): KubeObject {
  const spec = {
    priorityLevelConfiguration: { name: priorityLevel },
    matchingPrecedence,
    ...(distinguisher === undefined ? {} : { distinguisherMethod: { type: distinguisher } }),
    rules,
  };
  return {
    apiVersion: API_VERSION,
    kind: 'FlowSchema',
    metadata: { name, annotations: { [AUTO_UPDATE]: 'true' } },
    spec,
  };
}

/** Upstream's flow schemas, mandatory and suggested. */
export function defaultFlowSchemas(): KubeObject[] {
  const nodes = [group('system:nodes')];
  const manager = user('system:kube-controller-manager');
  const scheduler = user('system:kube-scheduler');
  const probes = { nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }] };
  const endpoints = { resourceRules: [on(['get', 'create', 'update'], '', ['endpoints'])] };
  const nodeHigh = {
    resourceRules: [on(['*'], '', ['nodes', 'nodes/status'], true), on(['*'], 'coordination.k8s.io', ['leases'])],
  };
  return [
    schema('exempt', 'exempt', 1, undefined, { subjects: [group('system:masters')], ...ANYTHING }),
    schema('probes', 'exempt', 2, undefined, { subjects: EVERYBODY, ...probes }),
    schema('system-leader-election', 'leader-election', 100, 'ByUser', { subjects: [manager, scheduler], ...LEASES }),
    schema('endpoint-controller', 'workload-high', 150, 'ByUser', {
      subjects: [manager, account('endpoint-controller'), account('endpointslicemirroring-controller')],
      ...endpoints,
    }),
    schema('workload-leader-election', 'leader-election', 200, 'ByUser', { subjects: [account('*')], ...LEASES }),
    schema('system-node-high', 'node-high', 400, 'ByUser', { subjects: nodes, ...nodeHigh }),
    schema('system-nodes', 'system', 500, 'ByUser', { subjects: nodes, ...ANYTHING }),
    schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', { subjects: [manager], ...ANYTHING }),
    schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', { subjects: [scheduler], ...ANYTHING }),
    schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', {
      subjects: [account('*')],
      ...ANYTHING,
    }),
    schema('service-accounts', 'workload-low', 9000, 'ByUser', {
      subjects: [group('system:serviceaccounts')],
      ...ANYTHING,
    }),
    schema('global-default', 'global-default', 9900, 'ByUser', { subjects: EVERYBODY, ...ANYTHING }),
    schema('catch-all', 'catch-all', 10_000, 'ByUser', { subjects: EVERYBODY, ...ANYTHING }),
  ];
}
