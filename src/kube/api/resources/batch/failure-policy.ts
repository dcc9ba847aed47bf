import { type FieldErrors, type Path, qualifiedNameErrors } from '../../values/mod.ts';
import { invalidWhole } from './invalid-whole.ts';
import type { JobSpec, PodFailurePolicy, PodFailurePolicyRule } from './job-types.ts';

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];

/** Complaints about what a Job is to do when pods fail. */
export function validatePodFailurePolicy(
  spec: JobSpec,
  policy: PodFailurePolicy,
  path: Path,
  errors: FieldErrors,
): void {
  const { rules = [] } = policy;
  const at = path.child('rules');
  if (rules.length > MAX_RULES) errors.tooMany(at, rules.length, MAX_RULES);
  rules.forEach((rule, i) => {
    validateRule(spec, rule, at.index(i), errors);
  });
}

function validateRule(spec: JobSpec, rule: PodFailurePolicyRule, path: Path, errors: FieldErrors): void {
  const { action = '', onExitCodes, onPodConditions = [] } = rule;
  const at = path.child('action');
  if (action === '') errors.required(at, `valid values: ${JSON.stringify(ACTIONS).replaceAll(',', ' ')}`);
  else if (!ACTIONS.includes(action)) errors.notSupported(at, action, ACTIONS);
  else if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined)
    errors.invalid(at, action, 'requires the backoffLimitPerIndex to be set');
  if (onExitCodes !== undefined) validateExitCodes(spec, onExitCodes, path.child('onExitCodes'), errors);
  if (onPodConditions.length > 0) validateConditions(onPodConditions, path.child('onPodConditions'), errors);
  if (onExitCodes !== undefined && onPodConditions.length > 0)
    invalidWhole(path, 'specifying both OnExitCodes and OnPodConditions is not supported', errors);
  if (onExitCodes === undefined && onPodConditions.length === 0)
    invalidWhole(path, 'specifying one of OnExitCodes and OnPodConditions is required', errors);
}

function validateExitCodes(
  spec: JobSpec,
  codes: NonNullable<PodFailurePolicyRule['onExitCodes']>,
  path: Path,
  errors: FieldErrors,
): void {
  const { operator = '', values = [], containerName } = codes;
  if (operator === '') errors.required(path.child('operator'), 'valid values: ["In" "NotIn"]');
  else if (!OPERATORS.includes(operator)) errors.notSupported(path.child('operator'), operator, OPERATORS);
  if (containerName !== undefined && !hasContainer(spec, containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    errors.invalid(path.child('containerName'), containerName, detail);
  }
  validateExitCodeValues(values, operator, path.child('values'), errors);
}

function hasContainer({ template }: JobSpec, name: string): boolean {
  const { containers = [], initContainers = [] } = template?.spec ?? {};
  return [...containers, ...initContainers].some((container) => container.name === name);
}

function validateExitCodeValues(values: readonly number[], operator: string, path: Path, errors: FieldErrors): void {
  if (values.length === 0) errors.invalid(path, values, 'at least one value is required');
  if (values.length > MAX_EXIT_CODES) errors.tooMany(path, values.length, MAX_EXIT_CODES);
  const seen = new Set<number>();
  values.forEach((value, i) => {
    if (operator === 'In' && value === 0) errors.invalid(path.index(i), value, 'must not be 0 for the In operator');
    if (seen.has(value)) errors.duplicate(path.index(i), value);
    seen.add(value);
  });
  const ordered = values.every((value, i) => i === 0 || value >= (values[i - 1] ?? 0));
  if (!ordered) errors.invalid(path, values, 'must be ordered');
}

function validateConditions(
  conditions: readonly { type?: string; status?: string }[],
  path: Path,
  errors: FieldErrors,
): void {
  if (conditions.length > MAX_RULES) errors.tooMany(path, conditions.length, MAX_RULES);
  conditions.forEach(({ type = '', status = '' }, i) => {
    const at = path.index(i);
    errors.invalidEach(at.child('type'), type, qualifiedNameErrors(type));
    if (status === '') errors.required(at.child('status'), 'valid values: ["False" "True" "Unknown"]');
    else if (!STATUSES.includes(status)) errors.notSupported(at.child('status'), status, STATUSES);
  });
}
