import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from './types.ts';

const MAX_SHOWN = 2;
const UNKNOWN = '<unknown>';

/** What kubectl shows of metrics: `cpu: 12%/80%, 3/10 (avg)`, at most two. */
export function formatMetrics(specs: readonly MetricSpec[], statuses: readonly MetricStatus[]): string {
  if (specs.length === 0) return '<none>';
  const texts = specs.slice(0, MAX_SHOWN).map((spec, i) => formatMetric(spec, statuses[i] ?? {}));
  const more = specs.length > MAX_SHOWN ? ` + ${specs.length - MAX_SHOWN} more...` : '';
  return texts.join(', ') + more;
}

function formatMetric(spec: MetricSpec, status: MetricStatus): string {
  switch (spec.type) {
    case 'Resource':
      return formatNamedUsage(spec.resource, status.resource?.current);
    case 'ContainerResource':
      return formatNamedUsage(spec.containerResource, status.containerResource?.current);
    case 'Pods':
      return `${status.pods?.current?.averageValue ?? UNKNOWN}/${spec.pods?.target?.averageValue ?? ''}`;
    case 'Object':
      return formatValue(spec.object?.target, status.object?.current);
    case 'External':
      return formatValue(spec.external?.target, status.external?.current);
    default:
      return '<unknown type>';
  }
}

function formatNamedUsage(spec: MetricSpec['resource'], current: MetricValueStatus | undefined): string {
  return `${spec?.name ?? ''}: ${formatUsage(spec?.target, current)}`;
}

function formatUsage(target: MetricTarget = {}, current: MetricValueStatus = {}): string {
  if (target.averageValue !== undefined) return `${current.averageValue ?? UNKNOWN}/${target.averageValue}`;
  const now = current.averageUtilization === undefined ? UNKNOWN : `${current.averageUtilization}%`;
  const due = target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`;
  return `${now}/${due}`;
}

function formatValue(target: MetricTarget = {}, current: MetricValueStatus = {}): string {
  if (target.averageValue !== undefined) return `${current.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
  return `${current.value ?? UNKNOWN}/${target.value ?? ''}`;
}
