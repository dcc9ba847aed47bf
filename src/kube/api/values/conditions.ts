import type { FieldErrors } from './field-errors.ts';
import type { Path } from './path.ts';
import { qualifiedNameErrors } from './qualified-names.ts';
import { patternRule } from './rule.ts';

/** `metav1.Condition`, as most statuses carry them. */
export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string | null;
  observedGeneration?: number;
}

const STATUSES = ['False', 'True', 'Unknown'];
const MAX_REASON = 1024;
const MAX_MESSAGE = 32 * 1024;

const reasonErrors = patternRule({
  expression: '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?',
  message:
    'a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric ' +
    "characters or '_,:', and must end with an alphanumeric character or '_'",
  examples: ['my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB'],
});

/** Complaints about a list of `metav1.Condition`: each type once, each with status, reason and time. */
export function validateConditions(
  conditions: readonly Condition[] | undefined,
  path: Path,
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  conditions?.forEach((condition, i) => {
    const at = path.index(i);
    if (seen.has(condition.type)) errors.duplicate(at.child('type'), condition.type);
    seen.add(condition.type);
    validateCondition(condition, at, errors);
  });
}

function validateCondition(condition: Condition, path: Path, errors: FieldErrors): void {
  const { type = '', status = '', reason = '', message = '', observedGeneration = 0 } = condition;
  errors.invalidEach(path.child('type'), type, qualifiedNameErrors(type));
  if (!STATUSES.includes(status)) errors.notSupported(path.child('status'), status, STATUSES);
  if (observedGeneration < 0)
    errors.invalid(path.child('observedGeneration'), observedGeneration, 'must be greater than or equal to zero');
  if ((condition.lastTransitionTime ?? '') === '') errors.required(path.child('lastTransitionTime'), 'must be set');
  if (reason === '') errors.required(path.child('reason'), 'must be set');
  else errors.invalidEach(path.child('reason'), reason, reasonErrors(reason));
  if (reason.length > MAX_REASON) errors.tooLong(path.child('reason'), MAX_REASON);
  if (message.length > MAX_MESSAGE) errors.tooLong(path.child('message'), MAX_MESSAGE);
}
