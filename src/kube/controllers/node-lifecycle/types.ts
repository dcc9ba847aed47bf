import type { GroupVersionResource, KubeObject } from '#kube/api';

export const LEASES: GroupVersionResource = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
export const LEASE_NAMESPACE = 'kube-node-lease';

/** `Taint`. */
export interface Taint {
  key: string;
  value?: string;
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  timeAdded?: string;
}

/** `NodeCondition`. */
export interface NodeCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastHeartbeatTime?: string | null;
  lastTransitionTime?: string | null;
}

/** `Node`, as far as these controllers look at it. */
export interface Node extends KubeObject {
  spec?: { taints?: Taint[]; unschedulable?: boolean; podCIDR?: string; podCIDRs?: string[] };
  status?: { conditions?: NodeCondition[] };
}

/** `Lease`: a node's sign of life. */
export interface Lease extends KubeObject {
  spec?: { renewTime?: string; holderIdentity?: string };
}
