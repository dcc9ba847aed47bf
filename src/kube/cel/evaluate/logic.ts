import { EvaluationError } from '../cel-error.ts';
import type { Value } from '../values/value.ts';
import type { Frame } from './frame.ts';
import type { Run } from './plan.ts';

/** A value, or the error that stood in its way: `&&` and `||` may not need it. */
function attempt(run: Run, frame: Frame): Value | EvaluationError {
  try {
    return run(frame);
  } catch (error) {
    if (error instanceof EvaluationError) return error;
    throw error;
  }
}

/** `&&` where `decisive` is false, `||` where it is true: an error on one side does not matter if the other decides. */
function either(left: Run, right: Run, decisive: boolean): Run {
  return (frame) => {
    frame.budget.charge(1);
    const first = attempt(left, frame);
    if (first === decisive) return decisive;
    const second = attempt(right, frame);
    if (second === decisive) return decisive;
    for (const value of [first, second]) {
      if (value instanceof EvaluationError) throw value;
      if (typeof value !== 'boolean') throw new EvaluationError('no such overload');
    }
    return !decisive;
  };
}

/** `left && right`. */
export const and = (left: Run, right: Run): Run => either(left, right, false);
/** `left || right`. */
export const or = (left: Run, right: Run): Run => either(left, right, true);

/** `!operand`. */
export function not(operand: Run): Run {
  return (frame) => {
    frame.budget.charge(1);
    return !truth(operand(frame));
  };
}

/** `condition ? yes : no`: the other branch is not evaluated. */
export function ternary(condition: Run, yes: Run, no: Run): Run {
  return (frame) => (truth(condition(frame)) ? yes(frame) : no(frame));
}

/** A boolean, or the error for values that aren't. */
export function truth(value: Value): boolean {
  if (typeof value !== 'boolean') throw new EvaluationError('no such overload');
  return value;
}
