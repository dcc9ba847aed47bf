import type { KubeObject, ObjectMeta } from '#kube/api';
import type { NodeSelector, Toleration } from '#kube/api/resources';

export type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Toleration } from '#kube/api/resources';

/** A pod, as far as controllers look at it. */
export interface Pod extends KubeObject {
  spec?: PodSpec;
  status?: PodStatus;
}

/** `PodTemplateSpec`. */
export interface PodTemplateSpec {
  metadata?: ObjectMeta;
  spec?: PodSpec;
}

/** `PodSpec`; what is not named here goes through as it is. */
export interface PodSpec {
  nodeName?: string;
  hostname?: string;
  subdomain?: string;
  hostNetwork?: boolean;
  restartPolicy?: string;
  nodeSelector?: Record<string, string>;
  affinity?: Affinity;
  tolerations?: Toleration[];
  volumes?: Volume[];
  containers?: Container[];
  initContainers?: Container[];
  schedulingGates?: { name?: string }[];
  terminationGracePeriodSeconds?: number;
  [field: string]: unknown;
}

/** `Volume`, of which only claims matter here. */
export interface Volume {
  name: string;
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean };
  [source: string]: unknown;
}

/** `Container`. */
export interface Container {
  name?: string;
  image?: string;
  restartPolicy?: string;
  ports?: { name?: string; containerPort?: number; protocol?: string }[];
  env?: { name?: string; value?: string; valueFrom?: unknown }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  [field: string]: unknown;
}

/** `Affinity`, of which only what binds a pod to nodes matters here. */
export interface Affinity {
  nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector; [field: string]: unknown };
  [field: string]: unknown;
}

/** `PodStatus`. */
export interface PodStatus {
  phase?: string;
  reason?: string;
  startTime?: string;
  podIP?: string;
  podIPs?: { ip?: string }[];
  hostIP?: string;
  conditions?: PodCondition[];
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
}

/** `PodCondition`. */
export interface PodCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string | null;
}

/** `ContainerStatus`. */
export interface ContainerStatus {
  name?: string;
  ready?: boolean;
  restartCount?: number;
  state?: { terminated?: { exitCode?: number; finishedAt?: string }; [state: string]: unknown };
}
