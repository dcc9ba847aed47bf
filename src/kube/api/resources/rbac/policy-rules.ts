import type { FieldErrors, Path } from '../../values/mod.ts';

/** `PolicyRule`: verbs on resources, or on paths that are none. */
export interface PolicyRule {
  verbs?: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** Complaints about the rules of a role; those of a namespace (`namespaced`) may not speak of paths. */
export function validatePolicyRules(
  rules: readonly PolicyRule[],
  namespaced: boolean,
  path: Path,
  errors: FieldErrors,
): void {
  rules.forEach((rule, i) => {
    validatePolicyRule(rule, namespaced, path.index(i), errors);
  });
}

function validatePolicyRule(rule: PolicyRule, namespaced: boolean, path: Path, errors: FieldErrors): void {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  if (verbs.length === 0) errors.required(path.child('verbs'), 'verbs must contain at least one value');
  if (nonResourceURLs.length > 0) {
    const at = path.child('nonResourceURLs');
    if (namespaced) errors.invalid(at, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs');
    if (apiGroups.length + resources.length + resourceNames.length > 0)
      errors.invalid(at, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs');
    return;
  }
  if (apiGroups.length === 0)
    errors.required(path.child('apiGroups'), 'resource rules must supply at least one api group');
  if (resources.length === 0)
    errors.required(path.child('resources'), 'resource rules must supply at least one resource');
}
