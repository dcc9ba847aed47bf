import type { KubeObject } from '../../object.ts';
import type { LabelSelector } from '../../selector/mod.ts';
import type { Condition } from '../../values/mod.ts';

/** `autoscaling/v2` `HorizontalPodAutoscaler`: how it is stored. */
export interface HorizontalPodAutoscaler extends KubeObject {
  spec: HorizontalPodAutoscalerSpec;
  status?: HorizontalPodAutoscalerStatus;
}

/** `HorizontalPodAutoscalerSpec`. */
export interface HorizontalPodAutoscalerSpec {
  scaleTargetRef?: CrossVersionObjectReference;
  minReplicas?: number;
  maxReplicas?: number;
  metrics?: MetricSpec[];
  behavior?: { scaleUp?: HPAScalingRules; scaleDown?: HPAScalingRules };
}

/** `HorizontalPodAutoscalerStatus`. */
export interface HorizontalPodAutoscalerStatus {
  observedGeneration?: number;
  lastScaleTime?: string;
  currentReplicas?: number;
  desiredReplicas?: number;
  currentMetrics?: MetricStatus[] | null;
  conditions?: Condition[];
}

/** `CrossVersionObjectReference`. */
export interface CrossVersionObjectReference {
  kind?: string;
  name?: string;
  apiVersion?: string;
}

/** `MetricSpec`: a type, and the source of that type. */
export interface MetricSpec {
  type?: string;
  object?: { describedObject?: CrossVersionObjectReference; metric?: MetricIdentifier; target?: MetricTarget };
  pods?: { metric?: MetricIdentifier; target?: MetricTarget };
  resource?: { name?: string; target?: MetricTarget };
  containerResource?: { name?: string; container?: string; target?: MetricTarget };
  external?: { metric?: MetricIdentifier; target?: MetricTarget };
}

/** `MetricStatus`. */
export interface MetricStatus {
  type?: string;
  object?: { describedObject?: CrossVersionObjectReference; metric?: MetricIdentifier; current?: MetricValueStatus };
  pods?: { metric?: MetricIdentifier; current?: MetricValueStatus };
  resource?: { name?: string; current?: MetricValueStatus };
  containerResource?: { name?: string; container?: string; current?: MetricValueStatus };
  external?: { metric?: MetricIdentifier; current?: MetricValueStatus };
}

/** `MetricIdentifier`. */
export interface MetricIdentifier {
  name?: string;
  selector?: LabelSelector;
}

/** `MetricValueStatus`. */
export interface MetricValueStatus {
  value?: string;
  averageValue?: string;
  averageUtilization?: number;
}

/** `MetricTarget`. */
export interface MetricTarget extends MetricValueStatus {
  type?: string;
}

/** `HPAScalingRules`. */
export interface HPAScalingRules {
  stabilizationWindowSeconds?: number;
  selectPolicy?: string;
  policies?: { type?: string; value?: number; periodSeconds?: number }[];
  tolerance?: string;
}
