const NUMBERS = new Set([
  'targetAverageUtilization',
  'currentAverageUtilization',
  'StabilizationWindowSeconds',
  'Value',
  'PeriodSeconds',
  'observedGeneration',
]);
const OBJECTS = new Set([
  'object',
  'pods',
  'resource',
  'containerResource',
  'external',
  'target',
  'selector',
  'metricSelector',
  'matchLabels',
  'ScaleUp',
  'ScaleDown',
]);
const LISTS = new Set(['matchExpressions', 'values', 'Policies']);
const MAX_DEPTH = 8;

/**
 * Has the value of one of the autoscalers' annotations the types that it should? Anybody may write annotations, and no
 * schema checks what is in them. Fields are known by their names, which mean the same everywhere here; all that are
 * unknown must be texts.
 */
export function hasExpectedTypes(value: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string' || hasExpectedTypes(item, depth + 1));
  if (!isObject(value)) return false;
  return Object.entries(value).every(([key, field]) => hasExpectedType(key, field, depth));
}

function hasExpectedType(key: string, value: unknown, depth: number): boolean {
  if (value === null) return NULLABLE.test(key);
  if (NUMBERS.has(key)) return Number.isSafeInteger(value);
  if (LISTS.has(key)) return Array.isArray(value) && hasExpectedTypes(value, depth + 1);
  if (OBJECTS.has(key)) return isObject(value) && hasExpectedTypes(value, depth + 1);
  return typeof value === 'string';
}

/** Go writes what is absent as null where it has no names of JSON's. */
const NULLABLE = /^[A-Z]/;

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
