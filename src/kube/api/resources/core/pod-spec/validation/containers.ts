import type { FieldErrors, Path } from '../../../../values/mod.ts';
import type { Container, EphemeralContainer } from '../types.ts';
import { validateContainer, validateHostPorts } from './container.ts';
import { isSidecar, type PodContext } from './context.ts';
import { validateProbesAndHooks } from './probes.ts';
import { validateRestart } from './restart.ts';

/** All that an ephemeral container must not have. */
const NOT_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

/** Complaints about the containers of a pod. */
export function validateContainers(context: PodContext, path: Path, errors: FieldErrors): void {
  const { containers = [], terminationGracePeriodSeconds } = context.spec;
  if (containers.length === 0) {
    errors.required(path);
    return;
  }
  for (let i = 0; i < containers.length; i++) {
    const container = containers[i];
    if (container === undefined) continue;
    const at = path.index(i);
    validateContainer(container, context, at, errors);
    if (isTaken(container.name, containers, i)) errors.duplicate(at.child('name'), container.name);
    validateProbesAndHooks(container, terminationGracePeriodSeconds, at, errors);
    validateRestart(container, at, errors);
  }
  validateHostPorts(containers, path, errors);
}

/** Does one of the first `count` containers have this name? */
function isTaken(name: string | undefined, containers: readonly Container[], count = containers.length): boolean {
  for (let i = 0; i < count; i++) if (containers[i]?.name === name) return true;
  return false;
}

/** Complaints about init containers, which run before the others, and sidecars among them, which stay. */
export function validateInitContainers(context: PodContext, path: Path, errors: FieldErrors): void {
  const { initContainers, containers = [], terminationGracePeriodSeconds } = context.spec;
  initContainers?.forEach((container, i) => {
    const at = path.index(i);
    const { name = '' } = container;
    validateContainer(container, context, at, errors);
    validateRestart(container, at, errors);
    if (name !== '' && (isTaken(name, containers) || isTaken(name, initContainers, i)))
      errors.duplicate(at.child('name'), name);
    // They run one by one: what is taken by one is free for the next.
    validateHostPorts([container], path, errors);
    if (isSidecar(container)) validateProbesAndHooks(container, terminationGracePeriodSeconds, at, errors);
    else {
      validateNoProbes(container, at, errors);
      validateNoRestart(container, at.child('resizePolicy'), errors);
    }
  });
}

/** What runs once is not restarted for other resources. */
function validateNoRestart({ resizePolicy }: Container, path: Path, errors: FieldErrors): void {
  resizePolicy?.forEach(({ restartPolicy }, i) => {
    if (restartPolicy !== 'RestartContainer') return;
    const detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
    errors.invalid(path.index(i).child('restartPolicy'), restartPolicy, detail);
  });
}

function validateNoProbes(container: Container, path: Path, errors: FieldErrors): void {
  for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (container[field] !== undefined)
      errors.forbidden(path.child(field), 'may not be set for init containers without restartPolicy=Always');
  }
}

/** Complaints about containers that were added for a look around. */
export function validateEphemeralContainers(context: PodContext, path: Path, errors: FieldErrors): void {
  const { ephemeralContainers = [], containers = [], initContainers = [] } = context.spec;
  ephemeralContainers.forEach((container, i) => {
    const at = path.index(i);
    const { name, targetContainerName = '' } = container;
    validateContainer(container, context, at, errors);
    const isOther = (other: string | undefined) => isTaken(other, containers) || isTaken(other, initContainers);
    if (isOther(name) || isTaken(name, ephemeralContainers, i)) errors.duplicate(at.child('name'), name);
    if (targetContainerName !== '' && !isOther(targetContainerName))
      errors.notFound(at.child('targetContainerName'), targetContainerName);
    validateEphemeralFields(container, at, errors);
  });
}

function validateEphemeralFields(container: EphemeralContainer, path: Path, errors: FieldErrors): void {
  const detail = 'cannot be set for an Ephemeral Container';
  for (const field of NOT_EPHEMERAL) {
    if (isSet(container[field])) errors.forbidden(path.child(field), detail);
  }
  container.volumeMounts?.forEach(({ subPath = '', subPathExpr = '' }, i) => {
    const at = path.child('volumeMounts').index(i);
    if (subPath !== '') errors.forbidden(at.child('subPath'), detail);
    if (subPathExpr !== '') errors.forbidden(at.child('subPathExpr'), detail);
  });
}

/** The default `resources: {}` is nothing. */
function isSet(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined;
  return Object.keys(value).length > 0;
}
