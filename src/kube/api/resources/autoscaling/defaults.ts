import { canonicalQuantity } from '../../values/mod.ts';
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingRules,
  MetricSpec,
  MetricTarget,
} from './types.ts';

const CPU_PERCENT = 80;
const PERIOD_SECONDS = 15;

/** Upstream's defaults of a HorizontalPodAutoscaler, in place. */
export function setAutoscalerDefaults(autoscaler: HorizontalPodAutoscaler): void {
  autoscaler.spec ??= {};
  const { spec } = autoscaler;
  spec.minReplicas ??= 1;
  if ((spec.metrics?.length ?? 0) === 0) spec.metrics = [defaultMetric()];
  for (const metric of spec.metrics ?? []) canonicalizeTarget(metric);
  setBehaviorDefaults(spec);
}

function defaultMetric(): MetricSpec {
  const target = { type: 'Utilization', averageUtilization: CPU_PERCENT };
  return { type: 'Resource', resource: { name: 'cpu', target } };
}

function canonicalizeTarget(metric: MetricSpec): void {
  const { object, pods, resource, containerResource, external } = metric;
  for (const source of [object, pods, resource, containerResource, external]) canonicalize(source?.target);
}

function canonicalize(target: MetricTarget | undefined): void {
  if (target?.value !== undefined) target.value = canonicalQuantity(target.value);
  if (target?.averageValue !== undefined) target.averageValue = canonicalQuantity(target.averageValue);
}

/** Up: at once, twice as many or four more. Down: to the lowest of the last minutes; the controller knows how many. */
function setBehaviorDefaults({ behavior }: HorizontalPodAutoscalerSpec): void {
  if (behavior === undefined) return;
  behavior.scaleUp = withDefaults(behavior.scaleUp, {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: PERIOD_SECONDS },
      { type: 'Percent', value: 100, periodSeconds: PERIOD_SECONDS },
    ],
  });
  behavior.scaleDown = withDefaults(behavior.scaleDown, {
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: PERIOD_SECONDS }],
  });
}

function withDefaults(rules: HPAScalingRules | undefined, defaults: HPAScalingRules): HPAScalingRules {
  return { ...defaults, ...rules };
}
