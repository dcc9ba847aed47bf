import type { Schema } from '#kube/api';
import type { FieldErrors, Path } from '#kube/api/values';
import { compileJsonPath } from '../resource/json-path.ts';
import type { CrdVersion, PrinterColumn } from '../types.ts';
import { validFieldPath } from './field-path.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const SELECTABLE_TYPES = ['string', 'boolean', 'integer'];
const MAX_SELECTABLE = 8;

/** Complaints about the columns of a version. */
export function validateColumns(columns: readonly PrinterColumn[], path: Path, errors: FieldErrors): void {
  for (const [index, { name, type, format = '', jsonPath }] of columns.entries()) {
    const at = path.index(index);
    if ((name ?? '') === '') errors.required(at.child('name'));
    const types = `must be one of ${COLUMN_TYPES.join(',')}`;
    if ((type ?? '') === '') errors.required(at.child('type'), types);
    else if (!COLUMN_TYPES.includes(type)) errors.invalid(at.child('type'), type, types);
    if (format !== '' && !COLUMN_FORMATS.includes(format))
      errors.invalid(at.child('format'), format, `must be one of ${COLUMN_FORMATS.join(',')}`);
    if ((jsonPath ?? '') === '') errors.required(at.child('jsonPath'));
    else validateJsonPath(jsonPath, at.child('jsonPath'), errors);
  }
}

function validateJsonPath(text: string, path: Path, errors: FieldErrors): void {
  if (!text.startsWith('.')) {
    errors.invalid(path, text, 'must be a simple json path starting with .');
    return;
  }
  try {
    compileJsonPath(text);
  } catch (error) {
    errors.invalid(path, text, `is an invalid path: ${(error as Error).message}`);
  }
}

/** Complaints about the paths of a scale subresource. */
export function validateScale({ subresources }: CrdVersion, path: Path, errors: FieldErrors): void {
  const scale = subresources?.scale;
  if (scale === undefined) return;
  validateScalePath(scale.specReplicasPath, ['.spec.'], path.child('scale.specReplicasPath'), errors);
  validateScalePath(scale.statusReplicasPath, ['.status.'], path.child('scale.statusReplicasPath'), errors);
  if ((scale.labelSelectorPath ?? '') !== '')
    validateScalePath(scale.labelSelectorPath, ['.spec.', '.status.'], path.child('scale.labelSelectorPath'), errors);
}

function validateScalePath(text = '', below: readonly string[], path: Path, errors: FieldErrors): void {
  if (text === '') errors.required(path);
  else if (!text.startsWith('.')) errors.invalid(path, text, 'must be a simple json path starting with .');
  else if (!below.some((prefix) => text.startsWith(prefix))) {
    const [only = ''] = below;
    const where = below.length > 1 ? 'either .spec or .status' : only.slice(0, -1);
    errors.invalid(path, text, `should be a json path under ${where}`);
  }
}

/** Complaints about the fields that selectors may ask for. */
export function validateSelectableFields(
  fields: readonly { readonly jsonPath: string }[],
  schema: Schema,
  path: Path,
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  for (const [index, { jsonPath = '' }] of fields.entries()) {
    const at = path.index(index).child('jsonPath');
    if (jsonPath === '') {
      errors.required(at);
      continue;
    }
    if (/^\.metadata\b/.test(jsonPath)) errors.invalid(at, jsonPath, 'must not point to fields in metadata');
    const found = validFieldPath(jsonPath, schema, false);
    if (found === undefined) errors.invalid(at, jsonPath, 'is an invalid path: does not refer to a valid field');
    else if (!SELECTABLE_TYPES.includes(found.type ?? '')) {
      const detail =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      errors.invalid(at, jsonPath, detail);
    }
    if (seen.has(jsonPath)) errors.duplicate(at, jsonPath);
    seen.add(jsonPath);
  }
  if (seen.size > MAX_SELECTABLE) errors.tooMany(path, seen.size, MAX_SELECTABLE);
}
