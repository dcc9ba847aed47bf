import { type FieldErrors, type Path, validateLabelSelector } from '../../values/mod.ts';
import type { MatchResources } from './policy-types.ts';
import { setRuleDefaults, validateAdmissionRules } from './rules.ts';

const MATCH_POLICIES = ['Equivalent', 'Exact'];

/** Upstream's defaults of what a policy or a binding matches, in place. */
export function setMatchDefaults(match: MatchResources | undefined): void {
  if (match === undefined) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  setRuleDefaults(match.resourceRules);
  setRuleDefaults(match.excludeResourceRules);
}

/** Complaints about what a policy or a binding matches. */
export function validateMatchResources(match: MatchResources, path: Path, errors: FieldErrors): void {
  const { matchPolicy, resourceRules = [], excludeResourceRules = [] } = match;
  if (matchPolicy !== undefined && !MATCH_POLICIES.includes(matchPolicy))
    errors.notSupported(path.child('matchPolicy'), matchPolicy, MATCH_POLICIES);
  validateLabelSelector(match.namespaceSelector, path.child('namespaceSelector'), errors);
  validateLabelSelector(match.objectSelector, path.child('objectSelector'), errors);
  validateAdmissionRules(resourceRules, path.child('resourceRules'), errors);
  validateAdmissionRules(excludeResourceRules, path.child('excludeResourceRules'), errors);
}
