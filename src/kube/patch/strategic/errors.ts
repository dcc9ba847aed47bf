import { badRequest, type StatusError } from '#kube/api';
import { isJsonObject } from '../values.ts';

/** `map: map[image:x] does not contain declared merge key: name`. */
export function noMergeKey(item: unknown, mergeKey: string): StatusError {
  return badRequest(`map: ${goFormat(item)} does not contain declared merge key: ${mergeKey}`);
}

/** A `$patch` that is none of replace, delete and merge. */
export function unknownPatchType(directive: unknown, patch: unknown): StatusError {
  return badRequest(`unknown patch type: ${goFormat(directive)} in ${goFormat(patch)}`);
}

/** A value of another type than the directive or list wants. */
export function badArgument(expected: string, actual: unknown): StatusError {
  const kind = Array.isArray(actual) ? 'slice' : isJsonObject(actual) ? 'map' : typeof actual;
  return badRequest(`expected a ${expected}, but received a ${kind}`);
}

const MAX_SHOWN = 1024;

/** A value as Go prints it: `map[a:1 b:[x y]]`, keys sorted. */
function goFormat(value: unknown): string {
  const text = format(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function format(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(format).join(' ')}]`;
  if (!isJsonObject(value)) return typeof value === 'object' ? JSON.stringify(value) : String(value);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${key}:${format(value[key])}`);
  return `map[${fields.join(' ')}]`;
}
