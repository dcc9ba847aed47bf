import { type FieldErrors, labelValueErrors, type Path, validateQualifiedName } from '../../values/mod.ts';
import type { DeviceTaint, DeviceToleration } from './types.ts';

const EFFECTS = ['NoExecute', 'NoSchedule', 'None'];
const OPERATORS = ['Equal', 'Exists'];

/** Complaints about why a device is not to be used. */
export function validateDeviceTaint(taint: DeviceTaint, path: Path, errors: FieldErrors): void {
  const { key = '', value = '', effect = '' } = taint;
  validateQualifiedName(key, path.child('key'), errors);
  errors.invalidEach(path.child('value'), value, labelValueErrors(value));
  if (effect === '') errors.required(path.child('effect'));
  else validateEffect(effect, path.child('effect'), errors);
}

/** Complaints about who does not mind. */
export function validateDeviceToleration(toleration: DeviceToleration, path: Path, errors: FieldErrors): void {
  const { key = '', value = '', effect = '', operator = '' } = toleration;
  if (key !== '') validateQualifiedName(key, path.child('key'), errors);
  const at = path.child('value');
  if (operator === 'Exists') {
    if (value !== '') errors.invalid(at, value, 'must be empty for operator `Exists`');
  } else if (operator === 'Equal') errors.invalidEach(at, value, labelValueErrors(value));
  else if (operator === '') errors.required(path.child('operator'));
  else errors.notSupported(path.child('operator'), operator, OPERATORS);
  if (effect !== '') validateEffect(effect, path.child('effect'), errors);
}

function validateEffect(effect: string, path: Path, errors: FieldErrors): void {
  if (!EFFECTS.includes(effect)) errors.notSupported(path, effect, EFFECTS);
}
