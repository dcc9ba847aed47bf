import type { MetricSpec, MetricStatus, MetricTarget } from './types.ts';
import type { MetricSpecV1, MetricStatusV1, ResourceMetricV1, ResourceStatusV1 } from './v1-types.ts';

/** The copy without fields that are undefined: annotations hold no trace of what is absent. */
function present<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

/** A metric in the shape of v1's annotation. */
export function metricToV1({ type, object, pods, resource, containerResource, external }: MetricSpec): MetricSpecV1 {
  return present({
    type,
    object: object && {
      target: object.describedObject,
      metricName: object.metric?.name,
      targetValue: object.target?.value ?? '0',
      ...present({ selector: object.metric?.selector, averageValue: object.target?.averageValue }),
    },
    pods: pods && {
      metricName: pods.metric?.name,
      targetAverageValue: pods.target?.averageValue ?? '0',
      ...present({ selector: pods.metric?.selector }),
    },
    resource: resource && resourceToV1(resource),
    containerResource: containerResource && {
      ...resourceToV1(containerResource),
      container: containerResource.container,
    },
    external:
      external &&
      present({
        metricName: external.metric?.name,
        metricSelector: external.metric?.selector,
        targetValue: external.target?.value,
        targetAverageValue: external.target?.averageValue,
      }),
  }) as MetricSpecV1;
}

function resourceToV1({ name, target = {} }: { name?: string; target?: MetricTarget }): ResourceMetricV1 {
  return present({
    name,
    targetAverageUtilization: target.averageUtilization,
    targetAverageValue: target.averageValue,
  }) as ResourceMetricV1;
}

/** A metric out of v1's annotation. The type of the target is what its fields say. */
export function metricFromV1({ type, object, pods, resource, containerResource, external }: MetricSpecV1): MetricSpec {
  return present({
    type,
    object: object && {
      describedObject: object.target,
      metric: present({ name: object.metricName, selector: object.selector }),
      target:
        object.averageValue === undefined
          ? { type: 'Value', value: object.targetValue }
          : { type: 'AverageValue', averageValue: object.averageValue },
    },
    pods: pods && {
      metric: present({ name: pods.metricName, selector: pods.selector }),
      target: { type: 'AverageValue', averageValue: pods.targetAverageValue },
    },
    resource: resource && { name: resource.name, target: resourceTarget(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container,
      target: resourceTarget(containerResource),
    },
    external: external && {
      metric: present({ name: external.metricName, selector: external.metricSelector }),
      target:
        external.targetValue === undefined
          ? { type: 'AverageValue', averageValue: external.targetAverageValue }
          : { type: 'Value', value: external.targetValue },
    },
  }) as MetricSpec;
}

function resourceTarget({ targetAverageUtilization, targetAverageValue }: ResourceMetricV1): object {
  return targetAverageUtilization === undefined
    ? { type: 'AverageValue', averageValue: targetAverageValue }
    : { type: 'Utilization', averageUtilization: targetAverageUtilization };
}

/** The state of a metric in the shape of v1's annotation. */
export function statusToV1({
  type,
  object,
  pods,
  resource,
  containerResource,
  external,
}: MetricStatus): MetricStatusV1 {
  return present({
    type,
    object: object && {
      target: object.describedObject,
      metricName: object.metric?.name,
      currentValue: object.current?.value ?? '0',
      ...present({ selector: object.metric?.selector, averageValue: object.current?.averageValue }),
    },
    pods: pods && {
      metricName: pods.metric?.name,
      currentAverageValue: pods.current?.averageValue ?? '0',
      ...present({ selector: pods.metric?.selector }),
    },
    resource: resource && resourceStatusToV1(resource),
    containerResource: containerResource && {
      ...resourceStatusToV1(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric?.name,
      currentValue: external.current?.value ?? '0',
      ...present({ metricSelector: external.metric?.selector, currentAverageValue: external.current?.averageValue }),
    },
  }) as MetricStatusV1;
}

function resourceStatusToV1({ name, current = {} }: NonNullable<MetricStatus['resource']>): ResourceStatusV1 {
  return {
    ...present({ name, currentAverageUtilization: current.averageUtilization }),
    currentAverageValue: current.averageValue ?? '0',
  } as ResourceStatusV1;
}

/** The state of a metric out of v1's annotation. */
export function statusFromV1({
  type,
  object,
  pods,
  resource,
  containerResource,
  external,
}: MetricStatusV1): MetricStatus {
  return present({
    type,
    object: object && {
      describedObject: object.target,
      metric: present({ name: object.metricName, selector: object.selector }),
      current: present({ value: object.currentValue, averageValue: object.averageValue }),
    },
    pods: pods && {
      metric: present({ name: pods.metricName, selector: pods.selector }),
      current: present({ averageValue: pods.currentAverageValue }),
    },
    resource: resource && { name: resource.name, current: resourceCurrent(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container,
      current: resourceCurrent(containerResource),
    },
    external: external && {
      metric: present({ name: external.metricName, selector: external.metricSelector }),
      current: present({ value: external.currentValue, averageValue: external.currentAverageValue }),
    },
  }) as MetricStatus;
}

function resourceCurrent({ currentAverageUtilization, currentAverageValue }: ResourceStatusV1): object {
  return present({ averageUtilization: currentAverageUtilization, averageValue: currentAverageValue });
}
