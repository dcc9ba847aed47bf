import type { KubeObject } from '../../object.ts';
import type { LabelSelector } from '../../selector/mod.ts';
import type { CrossVersionObjectReference } from './types.ts';

/** `autoscaling/v1` `HorizontalPodAutoscaler`: the processor's utilization alone; all else is in annotations. */
export interface AutoscalerV1 extends KubeObject {
  spec?: {
    scaleTargetRef?: CrossVersionObjectReference;
    minReplicas?: number;
    maxReplicas?: number;
    targetCPUUtilizationPercentage?: number;
  };
  status?: {
    observedGeneration?: number;
    lastScaleTime?: string;
    currentReplicas?: number;
    desiredReplicas?: number;
    currentCPUUtilizationPercentage?: number;
  };
}

/** A metric as the annotation `autoscaling.alpha.kubernetes.io/metrics` has it. */
export interface MetricSpecV1 {
  type?: string;
  object?: {
    target?: CrossVersionObjectReference;
    metricName?: string;
    targetValue?: string;
    selector?: LabelSelector;
    averageValue?: string;
  };
  pods?: { metricName?: string; targetAverageValue?: string; selector?: LabelSelector };
  resource?: ResourceMetricV1;
  containerResource?: ResourceMetricV1 & { container?: string };
  external?: { metricName?: string; metricSelector?: LabelSelector; targetValue?: string; targetAverageValue?: string };
}

/** The part of a resource's metric, and of a container's. */
export interface ResourceMetricV1 {
  name?: string;
  targetAverageUtilization?: number;
  targetAverageValue?: string;
}

/** The state of a metric as `autoscaling.alpha.kubernetes.io/current-metrics` has it. */
export interface MetricStatusV1 {
  type?: string;
  object?: {
    target?: CrossVersionObjectReference;
    metricName?: string;
    currentValue?: string;
    selector?: LabelSelector;
    averageValue?: string;
  };
  pods?: { metricName?: string; currentAverageValue?: string; selector?: LabelSelector };
  resource?: ResourceStatusV1;
  containerResource?: ResourceStatusV1 & { container?: string };
  external?: {
    metricName?: string;
    metricSelector?: LabelSelector;
    currentValue?: string;
    currentAverageValue?: string;
  };
}

/** The part of a resource's state, and of a container's. */
export interface ResourceStatusV1 {
  name?: string;
  currentAverageUtilization?: number;
  currentAverageValue?: string;
}
