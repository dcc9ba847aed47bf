import type { KubeObject, LabelSelector } from '#kube/api';
import type { IntOrPercent, StatusCondition } from '../common/mod.ts';

/** `policy/v1` `PodDisruptionBudget`. */
export interface PodDisruptionBudget extends KubeObject {
  spec?: { minAvailable?: IntOrPercent; maxUnavailable?: IntOrPercent; selector?: LabelSelector };
  status?: PodDisruptionBudgetStatus;
}

/** `PodDisruptionBudgetStatus`. */
export interface PodDisruptionBudgetStatus {
  currentHealthy?: number;
  desiredHealthy?: number;
  expectedPods?: number;
  disruptionsAllowed?: number;
  observedGeneration?: number;
  disruptedPods?: Record<string, string>;
  conditions?: (StatusCondition & { observedGeneration?: number })[];
}
