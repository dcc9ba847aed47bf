import {
  dnsLabelErrors,
  type FieldErrors,
  type Path,
  portNameErrors,
  portNumberErrors,
} from '../../../../values/mod.ts';
import { validateProtocol } from '../../protocols.ts';
import type { Container, ContainerPort } from '../types.ts';
import type { PodContext } from './context.ts';
import { validateEnvironment, validateEnvironmentFrom } from './environment.ts';
import { validateDevices, validateMounts } from './mounts.ts';
import { validateContainerResources } from './resources.ts';
import { validateSecurityContext } from './security.ts';
import { validateRequired } from './supported.ts';

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const RESIZABLE = ['cpu', 'memory'];
const RESIZE_POLICIES = ['NotRequired', 'RestartContainer'];

/** Complaints about what containers of all sorts have in common. */
export function validateContainer(container: Container, context: PodContext, path: Path, errors: FieldErrors): void {
  const { name = '', image = '', ports, env, envFrom, volumeMounts, volumeDevices } = container;
  if (name === '') errors.required(path.child('name'));
  else errors.invalidEach(path.child('name'), name, dnsLabelErrors(name));
  if (image === '') errors.required(path.child('image'));
  else if (context.isPod && image.trim() !== image)
    errors.invalid(path.child('image'), image, 'must not have leading or trailing whitespace');
  const { terminationMessagePolicy, imagePullPolicy, resources, resizePolicy, securityContext } = container;
  validateRequired(terminationMessagePolicy, MESSAGE_POLICIES, path.child('terminationMessagePolicy'), errors);
  if (ports !== undefined) validatePorts(ports, path.child('ports'), errors);
  if (env !== undefined) validateEnvironment(env, path.child('env'), errors);
  if (envFrom !== undefined) validateEnvironmentFrom(envFrom, path.child('envFrom'), errors);
  if (volumeMounts !== undefined) validateMounts(container, context.volumes, path.child('volumeMounts'), errors);
  if (volumeDevices !== undefined) validateDevices(container, context.volumes, path.child('volumeDevices'), errors);
  validateRequired(imagePullPolicy, PULL_POLICIES, path.child('imagePullPolicy'), errors);
  if (resources !== undefined)
    validateContainerResources(resources, context.claimNames, path.child('resources'), errors);
  if (resizePolicy !== undefined) validateResizePolicy(resizePolicy, context, path.child('resizePolicy'), errors);
  if (securityContext !== undefined) {
    const hasHostUsers = context.spec.hostUsers !== false;
    validateSecurityContext(securityContext, hasHostUsers, path.child('securityContext'), errors);
  }
}

function validatePorts(ports: readonly ContainerPort[], path: Path, errors: FieldErrors): void {
  const names = new Set<string>();
  for (let i = 0; i < ports.length; i++) {
    const { name = '', containerPort = 0, hostPort = 0, protocol } = ports[i] ?? {};
    const at = path.index(i);
    if (name !== '') {
      const problems = portNameErrors(name);
      errors.invalidEach(at.child('name'), name, problems);
      if (problems.length === 0 && names.has(name)) errors.duplicate(at.child('name'), name);
      names.add(name);
    }
    if (containerPort === 0) errors.required(at.child('containerPort'));
    else errors.invalidEach(at.child('containerPort'), containerPort, portNumberErrors(containerPort));
    if (hostPort !== 0) errors.invalidEach(at.child('hostPort'), hostPort, portNumberErrors(hostPort));
    validateProtocol(protocol, at.child('protocol'), errors);
  }
}

function validateResizePolicy(
  policies: NonNullable<Container['resizePolicy']>,
  context: PodContext,
  path: Path,
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  policies.forEach(({ resourceName = '', restartPolicy = '' }, i) => {
    if (seen.has(resourceName)) errors.duplicate(path.index(i), resourceName);
    seen.add(resourceName);
    validateRequired(resourceName, RESIZABLE, path, errors);
    validateRequired(restartPolicy, RESIZE_POLICIES, path, errors);
    if (context.spec.restartPolicy === 'Never' && restartPolicy !== 'NotRequired')
      errors.invalid(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
  });
}

/** Complaints about ports of the host that are taken twice. */
export function validateHostPorts(containers: readonly Container[], path: Path, errors: FieldErrors): void {
  let seen: Set<string> | undefined;
  containers.forEach(({ ports }, i) => {
    ports?.forEach(({ protocol = '', hostIP = '', hostPort = 0 }, at) => {
      if (hostPort === 0) return;
      seen ??= new Set();
      const text = `${protocol}/${hostIP}/${hostPort}`;
      if (seen.has(text)) errors.duplicate(path.index(i).child('ports').index(at).child('hostPort'), text);
      seen.add(text);
    });
  });
}
