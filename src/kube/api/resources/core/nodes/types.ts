import type { KubeObject } from '../../../object.ts';
import type { ResourceList } from '../../../values/mod.ts';

/** `Node`, as far as columns, defaults and validation read it. */
export interface Node extends KubeObject {
  spec?: NodeSpec;
  status?: NodeStatus;
}

/** `NodeSpec`. */
export interface NodeSpec {
  podCIDR?: string;
  podCIDRs?: string[];
  providerID?: string;
  unschedulable?: boolean;
  taints?: Taint[];
  externalID?: string;
}

/** `Taint`. */
export interface Taint {
  key?: string;
  value?: string;
  effect?: string;
  timeAdded?: string;
}

/** `NodeStatus`. */
export interface NodeStatus {
  capacity?: ResourceList;
  allocatable?: ResourceList;
  conditions?: { type?: string; status?: string }[];
  addresses?: { type?: string; address?: string }[];
  declaredFeatures?: string[];
  nodeInfo?: {
    kubeletVersion?: string;
    osImage?: string;
    kernelVersion?: string;
    containerRuntimeVersion?: string;
  };
}
