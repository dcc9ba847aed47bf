import { type FieldErrors, type Path, qualifiedNameErrors } from '../../values/mod.ts';

/** `MatchCondition`: a CEL expression that must hold. What it says is compiled elsewhere. */
export interface MatchCondition {
  name?: string;
  expression?: string;
}

const MAX_CONDITIONS = 64;

/** Complaints about conditions of webhooks and policies, but for their expressions. */
export function validateMatchConditions(conditions: readonly MatchCondition[], path: Path, errors: FieldErrors): void {
  if (conditions.length > MAX_CONDITIONS) errors.tooMany(path, conditions.length, MAX_CONDITIONS);
  const seen = new Set<string>();
  conditions.forEach(({ name = '', expression = '' }, i) => {
    const at = path.index(i);
    if (expression.trim() === '') errors.required(at.child('expression'));
    if (name === '') {
      errors.required(at.child('name'));
      return;
    }
    errors.invalidEach(at.child('name'), name, qualifiedNameErrors(name));
    if (seen.has(name)) errors.duplicate(at.child('name'), name);
    seen.add(name);
  });
}
