import type { KubeObject, LabelSelector } from '#kube/api';
import type { PodFailurePolicyRule } from '#kube/api/resources';
import type { PodTemplateSpec, StatusCondition } from '../common/mod.ts';

export type { PodFailurePolicyRule } from '#kube/api/resources';

/** `batch/v1` `Job`. */
export interface Job extends KubeObject {
  spec?: JobSpec;
  status?: JobStatus;
}

/** `JobSpec`. */
export interface JobSpec {
  parallelism?: number;
  completions?: number;
  activeDeadlineSeconds?: number;
  podFailurePolicy?: { rules?: PodFailurePolicyRule[] };
  successPolicy?: { rules?: { succeededIndexes?: string; succeededCount?: number }[] };
  backoffLimit?: number;
  backoffLimitPerIndex?: number;
  maxFailedIndexes?: number;
  selector?: LabelSelector;
  template?: PodTemplateSpec;
  ttlSecondsAfterFinished?: number;
  completionMode?: string;
  suspend?: boolean;
  podReplacementPolicy?: string;
  managedBy?: string;
}

/** `JobStatus`. */
export interface JobStatus {
  conditions?: JobCondition[];
  startTime?: string;
  completionTime?: string;
  active?: number;
  ready?: number;
  terminating?: number;
  succeeded?: number;
  failed?: number;
  completedIndexes?: string;
  failedIndexes?: string;
  uncountedTerminatedPods?: { succeeded?: string[]; failed?: string[] };
}

/** `JobCondition`. */
export interface JobCondition extends StatusCondition {
  lastProbeTime?: string;
}
