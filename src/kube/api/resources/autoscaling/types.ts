import type { KubeObject } from '../../object.ts';
import type { LabelSelector } from '../../selector/mod.ts';
import type { Condition } from '../../values/mod.ts';

/** `autoscaling/v2` `HorizontalPodAutoscaler`: how it is stored. */
export interface Autoscaler extends KubeObject {
  spec: AutoscalerSpec;
  status?: AutoscalerStatus;
}

/** `HorizontalPodAutoscalerSpec`. */
export interface AutoscalerSpec {
  scaleTargetRef?: ObjectReference;
  minReplicas?: number;
  maxReplicas?: number;
  metrics?: MetricSpec[];
  behavior?: { scaleUp?: ScalingRules; scaleDown?: ScalingRules };
}

/** `HorizontalPodAutoscalerStatus`. */
export interface AutoscalerStatus {
  observedGeneration?: number;
  lastScaleTime?: string;
  currentReplicas?: number;
  desiredReplicas?: number;
  currentMetrics?: MetricStatus[] | null;
  conditions?: Condition[];
}

/** `CrossVersionObjectReference`. */
export interface ObjectReference {
  kind?: string;
  name?: string;
  apiVersion?: string;
}

/** `MetricSpec`: a type, and the source of that type. */
export interface MetricSpec {
  type?: string;
  object?: { describedObject?: ObjectReference; metric?: MetricIdentifier; target?: MetricTarget };
  pods?: { metric?: MetricIdentifier; target?: MetricTarget };
  resource?: { name?: string; target?: MetricTarget };
  containerResource?: { name?: string; container?: string; target?: MetricTarget };
  external?: { metric?: MetricIdentifier; target?: MetricTarget };
}

/** `MetricStatus`. */
export interface MetricStatus {
  type?: string;
  object?: { describedObject?: ObjectReference; metric?: MetricIdentifier; current?: MetricValue };
  pods?: { metric?: MetricIdentifier; current?: MetricValue };
  resource?: { name?: string; current?: MetricValue };
  containerResource?: { name?: string; container?: string; current?: MetricValue };
  external?: { metric?: MetricIdentifier; current?: MetricValue };
}

/** `MetricIdentifier`. */
export interface MetricIdentifier {
  name?: string;
  selector?: LabelSelector;
}

/** `MetricValueStatus`. */
export interface MetricValue {
  value?: string;
  averageValue?: string;
  averageUtilization?: number;
}

/** `MetricTarget`. */
export interface MetricTarget extends MetricValue {
  type?: string;
}

/** `HPAScalingRules`. */
export interface ScalingRules {
  stabilizationWindowSeconds?: number;
  selectPolicy?: string;
  policies?: { type?: string; value?: number; periodSeconds?: number }[];
  tolerance?: string;
}
