import type { KubeObject, LabelSelector } from '#kube/api';
import type { IntOrPercent, StatusCondition } from '../common/mod.ts';

/** `policy/v1` `PodDisruptionBudget`. */
export interface Budget extends KubeObject {
  spec?: { minAvailable?: IntOrPercent; maxUnavailable?: IntOrPercent; selector?: LabelSelector };
  status?: BudgetStatus;
}

/** `PodDisruptionBudgetStatus`. */
export interface BudgetStatus {
  currentHealthy?: number;
  desiredHealthy?: number;
  expectedPods?: number;
  disruptionsAllowed?: number;
  observedGeneration?: number;
  disruptedPods?: Record<string, string>;
  conditions?: (StatusCondition & { observedGeneration?: number })[];
}
