import { type FieldErrors, type Path, validateLabelSelector, validateQualifiedName } from '../../../../values/mod.ts';
import type { TopologySpreadConstraint } from '../types.ts';
import { validateOptional } from './supported.ts';

const ACTIONS = ['DoNotSchedule', 'ScheduleAnyway'];
const POLICIES = ['Honor', 'Ignore'];

/** Complaints about how evenly pods are to be spread. */
export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[],
  path: Path,
  errors: FieldErrors,
): void {
  constraints.forEach((constraint, i) => {
    const at = path.index(i);
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '' } = constraint;
    if (maxSkew <= 0) errors.invalid(at.child('maxSkew'), maxSkew, 'must be greater than zero');
    if (topologyKey === '') errors.required(at.child('topologyKey'), 'can not be empty');
    validateOptional(whenUnsatisfiable, ACTIONS, at.child('whenUnsatisfiable'), errors);
    const isRepeated = constraints
      .slice(i + 1)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    if (isRepeated)
      errors.duplicate(at.child('{topologyKey, whenUnsatisfiable}'), `{${topologyKey}, ${whenUnsatisfiable}}`);
    validateMinDomains(constraint, at.child('minDomains'), errors);
    validateOptional(constraint.nodeAffinityPolicy, POLICIES, at.child('nodeAffinityPolicy'), errors);
    validateOptional(constraint.nodeTaintsPolicy, POLICIES, at.child('nodeTaintsPolicy'), errors);
    validateMatchLabelKeys(constraint, at, errors);
    validateLabelSelector(constraint.labelSelector, at.child('labelSelector'), errors);
  });
}

function validateMinDomains(constraint: TopologySpreadConstraint, path: Path, errors: FieldErrors): void {
  const { minDomains, whenUnsatisfiable = '' } = constraint;
  if (minDomains === undefined) return;
  if (minDomains <= 0) errors.invalid(path, minDomains, 'must be greater than zero');
  if (whenUnsatisfiable === 'DoNotSchedule') return;
  const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
  errors.invalid(path, minDomains, detail);
}

function validateMatchLabelKeys(constraint: TopologySpreadConstraint, path: Path, errors: FieldErrors): void {
  const { matchLabelKeys = [], labelSelector } = constraint;
  if (matchLabelKeys.length === 0) return;
  if (labelSelector === undefined) {
    errors.forbidden(path.child('matchLabelKeys'), 'must not be specified when labelSelector is not set');
    return;
  }
  const seen = new Set(Object.keys(labelSelector.matchLabels ?? {}));
  matchLabelKeys.forEach((key, i) => {
    validateQualifiedName(key, path.child('matchLabelKeys').index(i), errors);
  });
  for (const { key } of labelSelector.matchExpressions ?? []) {
    const at = matchLabelKeys.indexOf(key);
    // What `matchLabelKeys` adds stands once; a second one came from the user. Upstream's path has no field here.
    if (at >= 0 && seen.has(key))
      errors.invalid(path.index(at), key, 'exists in both matchLabelKeys and labelSelector');
    seen.add(key);
  }
}
