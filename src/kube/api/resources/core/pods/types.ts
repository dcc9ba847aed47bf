import type { KubeObject } from '../../../object.ts';
import type { ResourceList } from '../../../values/mod.ts';
import type { PodSpec, ResourceRequirements } from '../pod-spec/mod.ts';

/** `Pod`, as far as columns, defaults and validation read it. */
export interface Pod extends KubeObject {
  spec: PodSpec;
  status?: PodStatus;
}

/** `PodStatus`. */
export interface PodStatus {
  phase?: string;
  reason?: string;
  conditions?: PodCondition[];
  podIP?: string;
  podIPs?: { ip?: string }[];
  observedGeneration?: number;
  hostIP?: string;
  hostIPs?: { ip?: string }[];
  nominatedNodeName?: string;
  qosClass?: string;
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
  ephemeralContainerStatuses?: ContainerStatus[];
  resourceClaimStatuses?: { name?: string; resourceClaimName?: string }[];
  extendedResourceClaimStatus?: ExtendedClaimStatus;
}

/** `PodExtendedResourceClaimStatus`: the claim behind extended resources that containers ask for by name. */
export interface ExtendedClaimStatus {
  resourceClaimName?: string;
  requestMappings?: { containerName?: string; resourceName?: string; requestName?: string }[];
}

/** `PodCondition`. */
export interface PodCondition {
  type?: string;
  status?: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string | null;
  observedGeneration?: number;
}

/** `ContainerStatus`. */
export interface ContainerStatus {
  name?: string;
  ready?: boolean;
  started?: boolean;
  restartCount?: number;
  state?: ContainerState;
  lastState?: ContainerState;
  resources?: ResourceRequirements;
  allocatedResources?: ResourceList;
  allocatedResourcesStatus?: {
    name?: string;
    resources?: { resourceID?: string; health?: string; message?: string }[];
  }[];
  user?: { linux?: { uid?: number; gid?: number; supplementalGroups?: number[] } };
}

/** `ContainerState`: one of the three. */
export interface ContainerState {
  waiting?: { reason?: string };
  running?: { startedAt?: string };
  terminated?: { exitCode?: number; signal?: number; reason?: string; finishedAt?: string };
}
