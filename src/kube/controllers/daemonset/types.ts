import type { KubeObject, LabelSelector } from '#kube/api';
import type { IntOrPercent, PodTemplateSpec, StatusCondition } from '../common/mod.ts';

/** `apps/v1` `DaemonSet`. */
export interface DaemonSet extends KubeObject {
  spec?: {
    selector?: LabelSelector;
    template?: PodTemplateSpec;
    minReadySeconds?: number;
    revisionHistoryLimit?: number;
    updateStrategy?: { type?: string; rollingUpdate?: { maxUnavailable?: IntOrPercent; maxSurge?: IntOrPercent } };
  };
  status?: DaemonSetStatus;
}

/** `DaemonSetStatus`. */
export interface DaemonSetStatus {
  currentNumberScheduled?: number;
  numberMisscheduled?: number;
  desiredNumberScheduled?: number;
  numberReady?: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
  numberUnavailable?: number;
  observedGeneration?: number;
  collisionCount?: number;
  conditions?: StatusCondition[];
}

/** A node, as far as it matters which pods may run there. */
export interface Node extends KubeObject {
  spec?: { unschedulable?: boolean; taints?: Taint[] };
}

/** `Taint`. */
export interface Taint {
  key?: string;
  value?: string;
  effect?: string;
}
