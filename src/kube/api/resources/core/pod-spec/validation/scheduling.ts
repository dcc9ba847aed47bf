import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldErrors,
  labelValueErrors,
  type Path,
  validateLabelSelector,
  validateQualifiedName,
} from '../../../../values/mod.ts';
import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  Toleration,
} from '../types.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Complaints about which nodes and pods a pod likes to be with. */
export function validateAffinity(affinity: Affinity, path: Path, errors: FieldErrors): void {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  if (nodeAffinity !== undefined) {
    const at = path.child('nodeAffinity');
    const required = nodeAffinity[REQUIRED];
    if (required !== undefined) validateNodeSelector(required, at.child(REQUIRED), errors);
    nodeAffinity[PREFERRED]?.forEach(({ weight = 0, preference = {} }, i) => {
      validateWeight(weight, at.child(PREFERRED).index(i), errors);
      // What is merely preferred may hold any values.
      validateTerm(preference, false, at.child(PREFERRED).index(i).child('preference'), errors);
    });
  }
  if (podAffinity !== undefined) validatePodAffinity(podAffinity, path.child('podAffinity'), errors);
  if (podAntiAffinity !== undefined) validatePodAffinity(podAntiAffinity, path.child('podAntiAffinity'), errors);
}

function validateWeight(weight: number, path: Path, errors: FieldErrors): void {
  if (weight <= 0 || weight > 100) errors.invalid(path.child('weight'), weight, 'must be in the range 1-100');
}

/** Complaints about a selector of nodes: any of its terms must hold. */
export function validateNodeSelector(selector: NodeSelector, path: Path, errors: FieldErrors): void {
  const { nodeSelectorTerms = [] } = selector;
  const at = path.child('nodeSelectorTerms');
  if (nodeSelectorTerms.length === 0) errors.required(at, 'must have at least one node selector term');
  nodeSelectorTerms.forEach((term, i) => {
    validateTerm(term, true, at.index(i), errors);
  });
}

function validateTerm(term: NodeSelectorTerm, checksValues: boolean, path: Path, errors: FieldErrors): void {
  term.matchExpressions?.forEach((requirement, i) => {
    validateExpression(requirement, checksValues, path.child('matchExpressions').index(i), errors);
  });
  term.matchFields?.forEach((requirement, i) => {
    validateField(requirement, path.child('matchFields').index(i), errors);
  });
}

function validateExpression(
  { key = '', operator = '', values = [] }: NodeSelectorRequirement,
  checksValues: boolean,
  path: Path,
  errors: FieldErrors,
): void {
  const at = path.child('values');
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) errors.required(at, "must be specified when `operator` is 'In' or 'NotIn'");
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) errors.forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) errors.required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'");
      break;
    default:
      errors.invalid(path.child('operator'), operator, 'not a valid selector operator');
  }
  validateQualifiedName(key, path.child('key'), errors);
  if (!checksValues) return;
  values.forEach((value, i) => {
    errors.invalidEach(at.index(i), value, labelValueErrors(value));
  });
}

function validateField(
  { key = '', operator = '', values = [] }: NodeSelectorRequirement,
  path: Path,
  errors: FieldErrors,
): void {
  const at = path.child('values');
  if (operator !== 'In' && operator !== 'NotIn')
    errors.invalid(path.child('operator'), operator, 'not a valid selector operator');
  else if (values.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.required(at, detail);
  }
  if (key !== 'metadata.name') {
    errors.invalid(path.child('key'), key, 'not a valid field selector key');
    return;
  }
  values.forEach((value, i) => {
    errors.invalidEach(at.index(i), value, dnsSubdomainErrors(value));
  });
}

function validatePodAffinity(affinity: PodAffinity, path: Path, errors: FieldErrors): void {
  affinity[REQUIRED]?.forEach((term, i) => {
    validatePodTerm(term, path.child(REQUIRED).index(i), errors);
  });
  affinity[PREFERRED]?.forEach(({ weight = 0, podAffinityTerm = {} }, i) => {
    const at = path.child(PREFERRED).index(i);
    validateWeight(weight, at, errors);
    validatePodTerm(podAffinityTerm, at.child('podAffinityTerm'), errors);
  });
}

function validatePodTerm(term: PodAffinityTerm, path: Path, errors: FieldErrors): void {
  validateLabelSelector(term.labelSelector, path.child('labelSelector'), errors);
  validateLabelSelector(term.namespaceSelector, path.child('namespaceSelector'), errors);
  for (const name of term.namespaces ?? []) errors.invalidEach(path.child('namespace'), name, dnsLabelErrors(name));
  validateLabelKeys(term, path, errors);
  const { topologyKey = '' } = term;
  if (topologyKey === '') errors.required(path.child('topologyKey'), 'can not be empty');
  validateQualifiedName(topologyKey, path.child('topologyKey'), errors);
}

function validateLabelKeys(term: PodAffinityTerm, path: Path, errors: FieldErrors): void {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  for (const field of ['matchLabelKeys', 'mismatchLabelKeys'] as const) {
    const keys = term[field] ?? [];
    if (keys.length === 0) continue;
    if (labelSelector === undefined) {
      errors.forbidden(path.child(field), 'must not be specified when labelSelector is not set');
      continue;
    }
    keys.forEach((key, i) => {
      validateQualifiedName(key, path.child(field).index(i), errors);
    });
  }
  const seen = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const at = matchLabelKeys.indexOf(key);
    // What `matchLabelKeys` adds stands once; a second one came from the user.
    if (at >= 0 && seen.has(key))
      errors.invalid(path.index(at), key, 'exists in both matchLabelKeys and labelSelector');
    seen.add(key);
  }
  matchLabelKeys.forEach((key, i) => {
    if (mismatchLabelKeys.includes(key))
      errors.invalid(path.child('matchLabelKeys').index(i), key, 'exists in both matchLabelKeys and mismatchLabelKeys');
  });
}

/** Complaints about which taints of nodes a pod puts up with. */
export function validateTolerations(tolerations: readonly Toleration[], path: Path, errors: FieldErrors): void {
  tolerations.forEach((toleration, i) => {
    validateToleration(toleration, path.index(i), errors);
  });
}

function validateToleration(toleration: Toleration, path: Path, errors: FieldErrors): void {
  const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
  if (key !== '') validateQualifiedName(key, path.child('key'), errors);
  else if (operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.invalid(path.child('operator'), operator, detail);
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute')
    errors.invalid(path.child('effect'), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
  validateTolerationValue(operator, value, path.child('operator'), errors);
  if (effect !== '') validateTaintEffect(effect, path.child('effect'), errors);
}

function validateTolerationValue(operator: string, value: string, path: Path, errors: FieldErrors): void {
  switch (operator) {
    case '':
    case 'Equal': {
      const problems = labelValueErrors(value);
      if (problems.length > 0) errors.invalid(path, value, problems.join(';'));
      return;
    }
    case 'Exists':
      if (value !== '') errors.invalid(path, value, "value must be empty when `operator` is 'Exists'");
      return;
    case 'Gt':
    case 'Lt':
      if (!/^-?(0|[1-9][0-9]{0,18})$/.test(value)) errors.invalid(path, value, 'value must be an integer');
      return;
    default:
      errors.notSupported(path, operator, ['Equal', 'Exists', 'Lt', 'Gt']);
  }
}

/** NoSchedule, PreferNoSchedule, NoExecute. */
export function validateTaintEffect(effect: string, path: Path, errors: FieldErrors): void {
  if (effect === '') errors.required(path);
  else if (!EFFECTS.includes(effect)) errors.notSupported(path, effect, EFFECTS);
}
