import {
  type FieldErrors,
  type Path,
  parseQuantity,
  pathSegmentErrors,
  QUANTITY_MESSAGE,
  validateLabelSelector,
} from '../../values/mod.ts';
import { validateReference } from './reference.ts';
import type { MetricIdentifier, MetricSpec, MetricTarget } from './types.ts';

/** Types of metrics, and the field of each. */
const SOURCES = [
  ['ContainerResource', 'containerResource'],
  ['External', 'external'],
  ['Object', 'object'],
  ['Pods', 'pods'],
  ['Resource', 'resource'],
] as const;

const EITHER_TARGET = 'must set either a target raw value or a target utilization';
const BOTH_TARGETS = 'may not set both a target raw value and a target utilization';

/** Complaints about one metric. */
export function validateMetric(metric: MetricSpec, path: Path, errors: FieldErrors): void {
  const { type = '' } = metric;
  if (type === '') {
    errors.required(path.child('type'), 'must specify a metric source type');
    return;
  }
  const expected = SOURCES.find(([name]) => name === type)?.[1];
  if (expected === undefined)
    errors.notSupported(
      path.child('type'),
      type,
      SOURCES.map(([name]) => name),
    );
  else if (metric[expected] === undefined)
    errors.required(path.child(expected), 'must populate information for the given metric source');
  for (const [, field] of SOURCES) {
    if (metric[field] === undefined) continue;
    validateSource(metric, field, path.child(field), errors);
    if (field !== expected) errors.forbidden(path.child(field), 'must populate the given metric source only');
  }
}

function validateSource(metric: MetricSpec, field: (typeof SOURCES)[number][1], path: Path, errors: FieldErrors): void {
  const target = metric[field]?.target ?? {};
  const at = path.child('target');
  if (field === 'object')
    validateReference(metric.object?.describedObject ?? {}, path.child('describedObject'), errors);
  if (field === 'containerResource' && (metric.containerResource?.container ?? '') === '')
    errors.required(path.child('container'), 'must specify a container');
  if (field === 'resource' || field === 'containerResource') {
    if ((metric[field]?.name ?? '') === '') errors.required(path.child('name'), 'must specify a resource name');
    validateTarget(target, at, errors);
    validateUtilization(target, at, errors);
    return;
  }
  validateIdentifier(metric[field]?.metric ?? {}, path.child('metric'), errors);
  validateTarget(target, at, errors);
  if (field === 'pods') validatePodsTarget(target, at, errors);
  else validateValueTarget(target, field === 'object', at, errors);
}

function validateIdentifier({ name = '', selector }: MetricIdentifier, path: Path, errors: FieldErrors): void {
  if (name === '') errors.required(path.child('name'), 'must specify a metric name');
  else errors.invalidEach(path.child('name'), name, pathSegmentErrors(name));
  validateLabelSelector(selector, path.child('selector'), errors);
}

function validateTarget(target: MetricTarget, path: Path, errors: FieldErrors): void {
  const { type = '', averageUtilization } = target;
  if (type === '') errors.required(path.child('type'), 'must specify a metric target type');
  else if (!['Utilization', 'Value', 'AverageValue'].includes(type))
    errors.invalid(path.child('type'), type, 'must be either Utilization, Value, or AverageValue');
  for (const field of ['value', 'averageValue'] as const) {
    const text = target[field];
    if (text === undefined) continue;
    const quantity = parseQuantity(text);
    if (quantity === undefined) errors.invalid(path.child(field), text, QUANTITY_MESSAGE);
    else if (quantity.nanos <= 0n) errors.invalid(path.child(field), text, 'must be positive');
  }
  if (averageUtilization !== undefined && averageUtilization < 1)
    errors.invalid(path.child('averageUtilization'), averageUtilization, 'must be greater than 0');
}

function validateUtilization(
  { averageUtilization, averageValue }: MetricTarget,
  path: Path,
  errors: FieldErrors,
): void {
  if (averageUtilization === undefined && averageValue === undefined)
    errors.required(path.child('averageUtilization'), EITHER_TARGET);
  if (averageUtilization !== undefined && averageValue !== undefined)
    errors.forbidden(path.child('averageValue'), BOTH_TARGETS);
}

function validatePodsTarget({ averageValue }: MetricTarget, path: Path, errors: FieldErrors): void {
  const quantity = averageValue === undefined ? undefined : parseQuantity(averageValue);
  if (quantity === undefined || quantity.nanos <= 0n)
    errors.required(path.child('averageValue'), 'must specify a positive target averageValue');
}

function validateValueTarget(target: MetricTarget, isObject: boolean, path: Path, errors: FieldErrors): void {
  const { value, averageValue } = target;
  const at = path.child('averageValue');
  const either = isObject
    ? 'must specify either value or averageValue'
    : 'must set either a target value for metric or a per-pod target';
  const both = isObject
    ? 'may not set both a target value for metric and a per-pod target'
    : 'may not set both a target value for metric and a per-pod target';
  if (value === undefined && averageValue === undefined) errors.required(at, either);
  if (value !== undefined && averageValue !== undefined) errors.forbidden(path.child('value'), both);
}
