import {
  compareQuantities,
  type FieldErrors,
  formatQuantity,
  type Path,
  parseQuantity,
  unitsOf,
} from '../../values/mod.ts';
import { validateSet } from './lists.ts';
import type { CapacityRequestPolicy, CapacityRequestPolicyRange } from './types.ts';

const MAX_VALUES = 10;

/** Complaints about how much of a shared device's capacity can be asked for. `capacity` is all there is. */
export function validateRequestPolicy(
  policy: CapacityRequestPolicy,
  capacity: string,
  path: Path,
  errors: FieldErrors,
): void {
  const { default: usual, validValues = [], validRange } = policy;
  if (validValues.length > 0 && validRange !== undefined) {
    const both = 'cannot specify "validValues" and "validRange" at the same time';
    errors.forbidden(path, `exactly one policy can be specified, ${both}`);
  } else if (validValues.length > 0) {
    if (usual === undefined) errors.required(path.child('default'), 'required when validValues is defined');
    else validateValues(validValues, usual, capacity, path.child('validValues'), errors);
  } else if (validRange !== undefined) {
    if (usual === undefined) errors.required(path.child('default'), 'required when validRange is defined');
    else validateRange(validRange, usual, capacity, path.child('validRange'), errors);
  }
}

function quantity(text: string) {
  return parseQuantity(text) ?? { nanos: 0n, format: 'DecimalSI' as const };
}

function shown(text: string): string {
  return formatQuantity(quantity(text));
}

function isMore(a: string, b: string): boolean {
  return compareQuantities(quantity(a), quantity(b)) > 0;
}

function validateValues(values: readonly string[], usual: string, capacity: string, path: Path, errors: FieldErrors) {
  values.forEach((value, i) => {
    if (i > 0 && isMore(values[i - 1] ?? '0', value))
      errors.invalid(path.index(i), shown(value), 'values must be sorted in ascending order');
  });
  const fits = (value: string, at: Path) => {
    if (isMore(value, capacity))
      errors.invalid(at, shown(value), `option is larger than capacity value: ${shown(capacity)}`);
  };
  validateSet(values, MAX_VALUES, path, errors, fits, shown);
  if (!values.some((value) => quantity(value).nanos === quantity(usual).nanos))
    errors.invalid(path, shown(usual), 'default value is not valid according to the requestPolicy');
}

function validateRange(
  { min, max, step }: CapacityRequestPolicyRange,
  usual: string,
  capacity: string,
  path: Path,
  errors: FieldErrors,
): void {
  const at = path.child('min');
  if (min === undefined) {
    errors.required(at, 'required when validRange is defined');
    return;
  }
  if (isMore(min, capacity)) errors.invalid(at, shown(min), `min is larger than capacity value: ${shown(capacity)}`);
  if (isMore(min, usual)) errors.invalid(at, shown(usual), `default is less than min: ${shown(min)}`);
  if (max !== undefined) validateMax(min, max, usual, capacity, path.child('max'), errors);
  if (step !== undefined)
    validateStep({ min, step, ...(max === undefined ? {} : { max }) }, usual, capacity, path.child('step'), errors);
}

function validateMax(min: string, max: string, usual: string, capacity: string, path: Path, errors: FieldErrors): void {
  if (isMore(min, max)) errors.invalid(path, shown(min), `min is larger than max: ${shown(max)}`);
  if (isMore(max, capacity)) errors.invalid(path, shown(max), `max is larger than capacity value: ${shown(capacity)}`);
  if (isMore(usual, max)) errors.invalid(path, shown(usual), `default is more than max: ${shown(max)}`);
}

function validateStep(
  { min = '0', max, step = '0' }: CapacityRequestPolicyRange,
  usual: string,
  capacity: string,
  path: Path,
  errors: FieldErrors,
): void {
  if (quantity(step).nanos <= 0n) {
    errors.invalid(path, shown(step), 'must be greater than zero');
    return;
  }
  const first = { nanos: quantity(min).nanos + quantity(step).nanos, format: quantity(min).format };
  if (compareQuantities(first, quantity(capacity)) > 0) {
    const detail = `one step ${formatQuantity(first)} is larger than capacity value: ${shown(capacity)}`;
    errors.invalid(path, shown(step), detail);
  }
  for (const value of [usual, ...(max === undefined ? [] : [max])]) {
    const distance = unitsOf(quantity(value)) - unitsOf(quantity(min));
    if (distance % unitsOf(quantity(step)) !== 0n)
      errors.invalid(
        path,
        shown(value),
        `value is not a multiple of a given step (${shown(step)}) from (${shown(min)})`,
      );
  }
}
