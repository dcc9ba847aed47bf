import type { KubeObject, ObjectMeta } from '../../object.ts';
import type { Condition } from '../../values/mod.ts';
import { hasExpectedTypes } from './annotation-shape.ts';
import { behaviorFromAnnotation, behaviorToAnnotation } from './convert-behavior.ts';
import { metricFromV1, metricToV1, statusFromV1, statusToV1 } from './convert-metrics.ts';
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
  MetricSpec,
  MetricStatus,
} from './types.ts';
import type { AutoscalerV1, MetricSpecV1, MetricStatusV1 } from './v1-types.ts';

const PREFIX = 'autoscaling.alpha.kubernetes.io/';
const METRICS = `${PREFIX}metrics`;
const CURRENT_METRICS = `${PREFIX}current-metrics`;
const CONDITIONS = `${PREFIX}conditions`;
const BEHAVIOR = `${PREFIX}behavior`;
const OURS = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR];

/**
 * Converts autoscalers between v1 and v2. What v1 has no fields for, it carries in annotations. The objects given stay
 * as they are.
 */
export function convertAutoscalers(objects: readonly KubeObject[], toVersion: string): KubeObject[] {
  return objects.map((object) => {
    if (object.apiVersion === `autoscaling/${toVersion}`) return object;
    return toVersion === 'v1' ? toV1(object as HorizontalPodAutoscaler) : toV2(object as AutoscalerV1);
  });
}

function toV1(object: HorizontalPodAutoscaler): AutoscalerV1 {
  const { apiVersion: _v, kind, metadata, spec = {}, status, ...rest } = object;
  const { metrics = [], behavior, ...commonSpec } = spec;
  const cpu = metrics.find(isCpuUtilization)?.resource?.target?.averageUtilization;
  return {
    kind,
    apiVersion: 'autoscaling/v1',
    metadata: annotated(metadata, annotationsOf(metrics, behavior, status)),
    ...rest,
    spec: { ...commonSpec, ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }) },
    ...(status === undefined ? {} : { status: statusToOld(status) }),
  };
}

function isCpuUtilization({ type, resource }: MetricSpec): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target?.averageUtilization !== undefined;
}

function annotationsOf(
  metrics: readonly MetricSpec[],
  behavior: HorizontalPodAutoscalerSpec['behavior'],
  status: HorizontalPodAutoscalerStatus | undefined,
): Record<string, string> {
  const others = metrics.filter((metric) => !isCpuUtilization(metric));
  // Of a second utilization of the processor v1 knows nothing: as upstream, it is left out.
  const { currentMetrics, conditions } = status ?? {};
  const has = (list: readonly unknown[] | null | undefined) => (list?.length ?? 0) > 0;
  return {
    ...(has(others) ? { [METRICS]: JSON.stringify(others.map(metricToV1)) } : {}),
    ...(has(currentMetrics) ? { [CURRENT_METRICS]: JSON.stringify(currentMetrics?.map(statusToV1)) } : {}),
    ...(has(conditions) ? { [CONDITIONS]: JSON.stringify(conditions) } : {}),
    ...(behavior === undefined ? {} : { [BEHAVIOR]: JSON.stringify(behaviorToAnnotation(behavior)) }),
  };
}

function statusToOld({
  currentMetrics,
  conditions: _c,
  ...common
}: HorizontalPodAutoscalerStatus): AutoscalerV1['status'] {
  const cpu = currentMetrics?.find(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu');
  const percent = cpu?.resource?.current?.averageUtilization;
  return {
    ...common,
    currentReplicas: common.currentReplicas ?? 0,
    desiredReplicas: common.desiredReplicas ?? 0,
    ...(percent === undefined ? {} : { currentCPUUtilizationPercentage: percent }),
  };
}

/** Metadata with our annotations replaced by these; none of them left where there are none. */
function annotated(metadata: ObjectMeta, ours: Record<string, string>): ObjectMeta {
  const { annotations = {}, ...rest } = metadata;
  const others = Object.entries(annotations).filter(([key]) => !OURS.includes(key));
  const entries = [...others, ...Object.entries(ours)];
  return entries.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(entries) };
}

function toV2(object: AutoscalerV1): HorizontalPodAutoscaler {
  const { apiVersion: _v, kind, metadata, spec = {}, status, ...rest } = object;
  const { targetCPUUtilizationPercentage: cpu, ...commonSpec } = spec;
  const metrics = [...(annotation<MetricSpecV1[]>(metadata, METRICS) ?? []).map(metricFromV1)];
  if (cpu !== undefined) metrics.push(cpuMetric(cpu));
  const behavior = annotation<object>(metadata, BEHAVIOR);
  return {
    kind,
    apiVersion: 'autoscaling/v2',
    metadata: annotated(metadata, {}),
    ...rest,
    spec: {
      ...commonSpec,
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(behavior === undefined ? {} : { behavior: behaviorFromAnnotation(behavior) }),
    },
    ...(status === undefined ? {} : { status: statusToNew(status, metadata) }),
  };
}

function cpuMetric(percent: number): MetricSpec {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } } };
}

function statusToNew(
  { currentCPUUtilizationPercentage: cpu, ...common }: NonNullable<AutoscalerV1['status']>,
  metadata: ObjectMeta,
): HorizontalPodAutoscalerStatus {
  const known = annotation<MetricStatusV1[]>(metadata, CURRENT_METRICS)?.map(statusFromV1);
  const metrics: MetricStatus[] | undefined =
    known ??
    (cpu === undefined
      ? undefined
      : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: cpu } } }]);
  const conditions = annotation<Condition[]>(metadata, CONDITIONS);
  return {
    ...common,
    ...(metrics === undefined ? {} : { currentMetrics: metrics }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}

/** The value of one of our annotations; a text that is none of ours counts as absent, as upstream has it. */
function annotation<T extends object>(metadata: ObjectMeta, key: string): T | undefined {
  const text = metadata.annotations?.[key];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isExpected = Array.isArray(value) !== (key === BEHAVIOR) && hasExpectedTypes(value);
    return isExpected ? (value as T) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
