import { type FieldErrors, type Path, validateNonnegative } from '../../values/mod.ts';
import type { JobSpec, SuccessPolicyRule } from './job-types.ts';

const MAX_RULES = 20;
const MAX_INDEXES_LENGTH = 64 * 1024;

/** Complaints about when an indexed Job counts as done before all its indexes are. */
export function validateSuccessPolicy(
  spec: JobSpec,
  policy: { rules?: SuccessPolicyRule[] },
  path: Path,
  errors: FieldErrors,
): void {
  const { rules = [] } = policy;
  const at = path.child('rules');
  if (spec.completionMode !== 'Indexed') {
    errors.invalid(path, policy, 'requires indexed completion mode');
    return;
  }
  if (rules.length === 0)
    errors.required(at, 'at least one rules must be specified when the successPolicy is specified');
  if (rules.length > MAX_RULES) errors.tooMany(at, rules.length, MAX_RULES);
  rules.forEach((rule, i) => {
    validateRule(spec, rule, at.index(i), errors);
  });
}

function validateRule(spec: JobSpec, rule: SuccessPolicyRule, path: Path, errors: FieldErrors): void {
  const { succeededCount, succeededIndexes } = rule;
  const { completions } = spec;
  if (succeededCount === undefined && succeededIndexes === undefined)
    errors.required(path, 'at least one of succeededCount or succeededIndexes must be specified');
  const total =
    succeededIndexes === undefined ? completions : validateIndexes(succeededIndexes, completions, path, errors);
  if (succeededCount === undefined) return;
  const at = path.child('succeededCount');
  validateNonnegative(succeededCount, at, errors);
  if (completions !== undefined && succeededCount > completions)
    errors.invalid(
      at,
      succeededCount,
      `must be less than or equal to ${completions} (the number of specified completions)`,
    );
  else if (succeededIndexes !== undefined && total !== undefined && succeededCount > total)
    errors.invalid(
      at,
      succeededCount,
      `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`,
    );
}

/** `0,2-5`: how many there are, or undefined where the text is none. */
function validateIndexes(
  text: string,
  completions: number | undefined,
  path: Path,
  errors: FieldErrors,
): number | undefined {
  const at = path.child('succeededIndexes');
  if (text.length > MAX_INDEXES_LENGTH) {
    errors.tooLong(at, MAX_INDEXES_LENGTH);
    return undefined;
  }
  let [last, total] = [-1, 0];
  for (const part of text === '' ? [] : text.split(',')) {
    const [, low = '', high = low] = /^([0-9]{1,9})(?:-([0-9]{1,9}))?$/.exec(part) ?? [];
    const [from, to] = [Number(low), Number(high)];
    const problem = intervalProblem(part, low, from, to, last, completions);
    if (problem !== undefined) {
      errors.invalid(at, text, `error parsing succeededIndexes: ${problem}`);
      return undefined;
    }
    total += to - from + 1;
    last = to;
  }
  return total;
}

function intervalProblem(
  part: string,
  low: string,
  from: number,
  to: number,
  last: number,
  completions: number | undefined,
): string | undefined {
  if (low === '') return `cannot convert string to integer for index: "${part}"`;
  if (from > to) return `non-increasing order, previous: ${from}, current: ${to}`;
  if (from <= last) return `non-increasing order, previous: ${last}, current: ${from}`;
  if (completions !== undefined && to >= completions) return `too large index: "${to}"`;
  return undefined;
}
