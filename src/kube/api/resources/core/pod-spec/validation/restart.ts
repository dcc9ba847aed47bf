import type { FieldErrors, Path } from '../../../../values/mod.ts';
import type { Container, ContainerRestartRule } from '../types.ts';
import { validateOptional } from './supported.ts';

const POLICIES = ['Always', 'Never', 'OnFailure'];
const ACTIONS = ['Restart', 'RestartAllContainers'];
const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;

/** Complaints about a container's own restart policy, and rules by exit codes. */
export function validateRestart(container: Container, path: Path, errors: FieldErrors): void {
  const { restartPolicy, restartPolicyRules } = container;
  validateOptional(restartPolicy, POLICIES, path.child('restartPolicy'), errors);
  if (restartPolicyRules === undefined || restartPolicyRules.length === 0) return;
  const at = path.child('restartPolicyRules');
  if (restartPolicy === undefined)
    errors.required(path.child('restartPolicy'), 'must specify restartPolicy when restart rules are used');
  if (restartPolicyRules.length > MAX_RULES) errors.tooMany(at, restartPolicyRules.length, MAX_RULES);
  restartPolicyRules.forEach((rule, i) => {
    validateRule(rule, at.index(i), errors);
  });
}

function validateRule({ action = '', exitCodes }: ContainerRestartRule, path: Path, errors: FieldErrors): void {
  validateOptional(action, ACTIONS, path.child('action'), errors);
  if (exitCodes === undefined) {
    errors.required(path.child('exitCodes'), 'must be specified');
    return;
  }
  const { operator = '', values = [] } = exitCodes;
  const at = path.child('exitCodes');
  validateOptional(operator, ['In', 'NotIn'], at.child('operator'), errors);
  if (values.length > MAX_EXIT_CODES) errors.tooMany(at.child('values'), values.length, MAX_EXIT_CODES);
}
