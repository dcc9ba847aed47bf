import { dns1035LabelErrors, type FieldErrors, type Path } from '../../values/mod.ts';
import type { ResourceNames } from './types.ts';

/** Complaints about the names of a custom resource. */
export function validateResourceNames(names: ResourceNames, path: Path, errors: FieldErrors): void {
  const { plural = '', singular = '', shortNames = [], kind = '', listKind = '', categories = [] } = names;
  const label = (name: string, field: Path) => errors.invalidEach(field, name, dns1035LabelErrors(name));
  label(plural, path.child('plural'));
  if (singular !== '') label(singular, path.child('singular'));
  shortNames.forEach((name, i) => {
    label(name, path.child('shortNames').index(i));
  });
  validateKind(kind, path.child('kind'), errors);
  validateKind(listKind, path.child('listKind'), errors);
  if (kind !== '' && kind === listKind)
    errors.invalid(path.child('listKind'), listKind, 'kind and listKind may not be the same');
  categories.forEach((category, i) => {
    label(category, path.child('categories').index(i));
  });
}

function validateKind(kind: string, path: Path, errors: FieldErrors): void {
  const problems = dns1035LabelErrors(kind.toLowerCase());
  if (problems.length > 0)
    errors.invalid(path, kind, `may have mixed case, but should otherwise match: ${problems.join(',')}`);
}
