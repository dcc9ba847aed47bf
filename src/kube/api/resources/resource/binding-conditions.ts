import { type FieldErrors, type Path, validateQualifiedName } from '../../values/mod.ts';
import { validateList } from './lists.ts';

const MAX_CONDITIONS = 4;

/** What must be true of a device before pods are bound to its node, and what ends the wait. */
export interface BindingConditions {
  bindingConditions?: string[];
  bindingFailureConditions?: string[];
}

/** Complaints about them: there are both or none, and none is both. */
export function validateBindingConditions(owner: BindingConditions, path: Path, errors: FieldErrors): void {
  const { bindingConditions: good = [], bindingFailureConditions: bad = [] } = owner;
  const [goodPath, badPath] = [path.child('bindingConditions'), path.child('bindingFailureConditions')];
  const check = (name: string, at: Path) => validateQualifiedName(name, at, errors);
  validateList(good, MAX_CONDITIONS, goodPath, errors, check);
  validateList(bad, MAX_CONDITIONS, badPath, errors, check);
  good.forEach((name, i) => {
    if (good.indexOf(name) < i) errors.duplicate(goodPath.index(i), name);
  });
  bad.forEach((name, i) => {
    if (bad.indexOf(name) < i) errors.duplicate(badPath.index(i), name);
    if (good.includes(name))
      errors.invalid(badPath.index(i), name, 'bindingFailureConditions must not overlap with bindingConditions');
  });
  if (good.length === 0 && bad.length > 0)
    errors.invalid(
      goodPath,
      owner.bindingConditions ?? null,
      'bindingConditions are required to use bindingFailureConditions',
    );
  if (bad.length === 0 && good.length > 0)
    errors.invalid(
      badPath,
      owner.bindingFailureConditions ?? null,
      'bindingFailureConditions are required to use bindingConditions',
    );
}
