import type { KubeObject, LabelSelector } from '#kube/api';
import type { PodTemplateSpec, StatusCondition } from '../common/mod.ts';

/** `apps/v1` `ReplicaSet`; a ReplicationController is the same but for its selector, which is a map. */
export interface ReplicaSet extends KubeObject {
  spec?: {
    replicas?: number;
    minReadySeconds?: number;
    selector?: LabelSelector;
    template?: PodTemplateSpec;
  };
  status?: ReplicaSetStatus;
}

/** `ReplicaSetStatus`. */
export interface ReplicaSetStatus {
  replicas?: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  terminatingReplicas?: number;
  observedGeneration?: number;
  conditions?: StatusCondition[];
}
