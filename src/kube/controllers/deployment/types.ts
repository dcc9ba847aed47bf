import type { KubeObject, LabelSelector } from '#kube/api';
import type { IntOrPercent, PodTemplateSpec, StatusCondition } from '../common/mod.ts';

/** `apps/v1` `Deployment`. */
export interface Deployment extends KubeObject {
  spec?: DeploymentSpec;
  status?: DeploymentStatus;
}

/** `DeploymentSpec`. */
export interface DeploymentSpec {
  replicas?: number;
  selector?: LabelSelector;
  template?: PodTemplateSpec;
  strategy?: { type?: string; rollingUpdate?: { maxSurge?: IntOrPercent; maxUnavailable?: IntOrPercent } };
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
  paused?: boolean;
  progressDeadlineSeconds?: number;
}

/** `DeploymentStatus`. */
export interface DeploymentStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  terminatingReplicas?: number;
  collisionCount?: number;
  conditions?: DeploymentCondition[];
}

/** `DeploymentCondition`: says also when it was last heard of. */
export interface DeploymentCondition extends StatusCondition {
  lastUpdateTime?: string;
}
