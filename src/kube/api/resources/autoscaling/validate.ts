import { type FieldErrors, type Path, parseQuantity, SPEC, validateNonnegativeQuantity } from '../../values/mod.ts';
import { validateReference } from './reference.ts';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, HPAScalingRules } from './types.ts';
import { validateMetric } from './validate-metric.ts';

const MAX_WINDOW_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;
const SELECT_POLICIES = ['Disabled', 'Max', 'Min'];
const POLICY_TYPES = ['Percent', 'Pods'];

/** Complaints about a HorizontalPodAutoscaler. */
export function validateAutoscaler({ spec }: HorizontalPodAutoscaler, errors: FieldErrors): void {
  validateBounds(spec, errors);
  validateReference(spec.scaleTargetRef ?? {}, SPEC.child('scaleTargetRef'), errors);
  spec.metrics?.forEach((metric, i) => {
    validateMetric(metric, SPEC.child('metrics').index(i), errors);
  });
  const path = SPEC.child('behavior');
  for (const field of ['scaleUp', 'scaleDown'] as const) {
    const rules = spec.behavior?.[field];
    if (rules !== undefined) validateRules(rules, path.child(field), errors);
  }
}

function validateBounds({ minReplicas, maxReplicas = 0 }: HorizontalPodAutoscalerSpec, errors: FieldErrors): void {
  const path = SPEC.child('maxReplicas');
  if (minReplicas !== undefined && minReplicas < 1)
    errors.invalid(SPEC.child('minReplicas'), minReplicas, 'must be greater than or equal to 1');
  if (maxReplicas < 1) errors.invalid(path, maxReplicas, 'must be greater than 0');
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    errors.invalid(path, maxReplicas, 'must be greater than or equal to `minReplicas`');
}

function validateRules(rules: HPAScalingRules, path: Path, errors: FieldErrors): void {
  const { stabilizationWindowSeconds: windowSeconds, selectPolicy, policies = [], tolerance } = rules;
  const at = path.child('stabilizationWindowSeconds');
  if (windowSeconds !== undefined && windowSeconds < 0)
    errors.invalid(at, windowSeconds, 'must be greater than or equal to zero');
  if (windowSeconds !== undefined && windowSeconds > MAX_WINDOW_SECONDS)
    errors.invalid(at, windowSeconds, `must be less than or equal to ${MAX_WINDOW_SECONDS}`);
  if (selectPolicy !== undefined && !SELECT_POLICIES.includes(selectPolicy))
    errors.notSupported(path.child('selectPolicy'), selectPolicy, SELECT_POLICIES);
  if (policies.length === 0) errors.required(path.child('policies'), 'must specify at least one Policy');
  policies.forEach((policy, i) => {
    validatePolicy(policy, path.child('policies').index(i), errors);
  });
  if (tolerance !== undefined && parseQuantity(tolerance) !== undefined)
    validateNonnegativeQuantity(tolerance, path.child('tolerance'), errors);
}

function validatePolicy(
  { type = '', value = 0, periodSeconds = 0 }: NonNullable<HPAScalingRules['policies']>[number],
  path: Path,
  errors: FieldErrors,
): void {
  if (!POLICY_TYPES.includes(type)) errors.notSupported(path.child('type'), type, POLICY_TYPES);
  if (value <= 0) errors.invalid(path.child('value'), value, 'must be greater than zero');
  if (periodSeconds <= 0) errors.invalid(path.child('periodSeconds'), periodSeconds, 'must be greater than zero');
  if (periodSeconds > MAX_PERIOD_SECONDS)
    errors.invalid(path.child('periodSeconds'), periodSeconds, `must be less than or equal to ${MAX_PERIOD_SECONDS}`);
}
