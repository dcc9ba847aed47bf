import { ignoring, isStatusError, type KubeObject } from '#kube/api';
import { formatMicroTime } from '#kube/api/values';
import type { Client } from '#kube/client';

const NODES = { group: '', version: 'v1', resource: 'nodes' };
const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_SECONDS = 40;

/** Says on every node that exists on paper only. */
export const FAKE_NODE_LABEL = 'hakobune.dev/fake-node';

/** The name of the n-th fake node, from 1. */
export function fakeNodeName(index: number): string {
  return `fake-${index}`;
}

/** Makes a node on paper and says that it is ready. */
export async function registerNode(client: Client, name: string, address: string, now: string): Promise<void> {
  const node: KubeObject = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        [FAKE_NODE_LABEL]: 'true',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
      },
    },
  };
  await ignoring(client.create(NODES, node), 'AlreadyExists');
  await client.patch(
    NODES,
    { name },
    { type: 'strategic', body: { status: readyStatus(name, address, now) } },
    { subresource: 'status' },
  );
}

const CONDITIONS: readonly (readonly [type: string, status: string, reason: string])[] = [
  ['Ready', 'True', 'KubeletReady'],
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID'],
];

function readyStatus(name: string, address: string, now: string): Record<string, unknown> {
  const resources = { cpu: '32', memory: '256Gi', pods: '110', 'ephemeral-storage': '1Ti' };
  return {
    capacity: resources,
    allocatable: resources,
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    conditions: CONDITIONS.map(([type, status, reason]) => ({
      type,
      status,
      reason,
      message: 'this node exists on paper only',
      lastHeartbeatTime: now,
      lastTransitionTime: now,
    })),
    nodeInfo: {
      architecture: 'amd64',
      bootID: '',
      containerRuntimeVersion: 'fake://0',
      kernelVersion: '0',
      kubeProxyVersion: '',
      kubeletVersion: 'v1.36.0+fake',
      machineID: '',
      operatingSystem: 'linux',
      osImage: 'none',
      systemUUID: '',
    },
  };
}

/** A node's sign of life: renews its lease, or makes it. */
export async function renewLease(client: Client, name: string, nowMs: number): Promise<void> {
  const renewTime = formatMicroTime(nowMs);
  try {
    await client.patch(LEASES, { namespace: LEASE_NAMESPACE, name }, { type: 'merge', body: { spec: { renewTime } } });
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error;
    await client.create(LEASES, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: LEASE_NAMESPACE },
      spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime },
    });
  }
}
