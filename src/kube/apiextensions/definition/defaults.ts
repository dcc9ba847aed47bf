import type { FieldError, Schema } from '#kube/api';
import type { FieldErrors, Path } from '#kube/api/values';
import { cloneJson } from '#kube/codec';
import { compileRules } from '../rules/rules.ts';
import { jsonEqual } from '../schema/json-value.ts';
import { compilePruner } from '../schema/prune.ts';
import { compileValidator } from '../schema/validate.ts';
import { innerSchemas } from './walk.ts';

/** Complaints about defaults that their own schemas would not let in, or would prune. */
export function validateDefaults(schema: Schema, path: Path, errors: FieldErrors): void {
  if (schema.default !== undefined) validateDefault(schema, schema.default, path.child('default'), errors);
  for (const inner of innerSchemas(schema, path)) {
    if (inner.kind !== 'junctor') validateDefaults(inner.schema, inner.path, errors);
  }
}

function validateDefault(schema: Schema, value: unknown, path: Path, errors: FieldErrors): void {
  const pruned = cloneJson(value);
  compilePruner(schema)(pruned);
  if (!jsonEqual(pruned, value)) errors.invalid(path, value, 'must not have unknown fields');
  const found = compileValidator(schema)(value);
  if (found.length === 0)
    found.push(...compileRules(schema)(value as Parameters<ReturnType<typeof compileRules>>[0], undefined));
  for (const error of found) errors.list.push(below(path, error));
}

/** The complaint about a part of the default, at the place of that part. */
function below(path: Path, error: FieldError): FieldError {
  if (error.field === '<nil>' || error.field === '') return { ...error, field: path.toString() };
  return { ...error, field: `${path}${error.field.startsWith('[') ? '' : '.'}${error.field}` };
}
