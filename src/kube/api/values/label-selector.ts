import type { LabelSelector } from '../selector/mod.ts';
import type { FieldErrors } from './field-errors.ts';
import type { Path } from './path.ts';
import { labelValueErrors, validateLabels, validateQualifiedName } from './qualified-names.ts';

/** Complaints about a LabelSelector in an object. */
export function validateLabelSelector(selector: LabelSelector | undefined, path: Path, errors: FieldErrors): void {
  if (selector === undefined) return;
  validateLabels(selector.matchLabels, path.child('matchLabels'), errors);
  const expressions = selector.matchExpressions;
  if (expressions === undefined) return;
  const at = path.child('matchExpressions');
  for (let i = 0; i < expressions.length; i++) {
    const expression = expressions[i];
    if (expression !== undefined) validateExpression(expression, at.index(i), errors);
  }
}

function validateExpression(
  expression: { key: string; operator: string; values?: string[] },
  path: Path,
  errors: FieldErrors,
): void {
  const values = expression.values ?? [];
  switch (expression.operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        errors.required(path.child('values'), "must be specified when `operator` is 'In' or 'NotIn'");
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        errors.forbidden(path.child('values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      break;
    default:
      errors.invalid(path.child('operator'), expression.operator ?? '', 'not a valid selector operator');
  }
  validateQualifiedName(expression.key ?? '', path.child('key'), errors);
  values.forEach((value, i) => {
    errors.invalidEach(path.child('values').index(i), value, labelValueErrors(value));
  });
}
