import { canonicalizeResourceList } from '../../../values/mod.ts';
import { setContainerDefaults } from './container-defaults.ts';
import type { Container, PodSpec, PodTemplateSpec } from './types.ts';
import { setVolumeDefaults } from './volume-defaults.ts';

const GRACE_PERIOD_SECONDS = 30;

/** Upstream's defaults of a pod template, in place: what Deployments, Jobs and the others carry. */
export function setPodTemplateDefaults(template: PodTemplateSpec | undefined): void {
  if (template?.spec !== undefined) setPodSpecDefaults(template.spec);
}

/** The defaults that pods and templates of pods share, in place. */
export function setPodSpecDefaults(spec: PodSpec): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= GRACE_PERIOD_SECONDS;
  spec.schedulerName ||= 'default-scheduler';
  mirrorServiceAccount(spec);
  dropFalseHostFields(spec);
  if (spec.volumes !== undefined) for (const volume of spec.volumes) setVolumeDefaults(volume);
  setAllContainerDefaults(spec);
  if (spec.overhead !== undefined) canonicalizeResourceList(spec.overhead);
  if (spec.resources !== undefined) {
    canonicalizeResourceList(spec.resources.limits);
    canonicalizeResourceList(spec.resources.requests);
  }
}

function setAllContainerDefaults(spec: PodSpec): void {
  if (spec.initContainers !== undefined) for (const container of spec.initContainers) setContainerDefaults(container);
  if (spec.containers !== undefined) for (const container of spec.containers) setContainerDefaults(container);
  if (spec.ephemeralContainers !== undefined)
    for (const container of spec.ephemeralContainers) setContainerDefaults(container);
}

/** The old name of the field is kept equal to the new one, which wins. */
function mirrorServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (name === undefined || name === '') return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

/** False is the same as absent, and is not written: an update from the one to the other is no change. */
function dropFalseHostFields(spec: PodSpec): void {
  if (spec.hostNetwork === false) delete spec.hostNetwork;
  if (spec.hostPID === false) delete spec.hostPID;
  if (spec.hostIPC === false) delete spec.hostIPC;
}

/** On the host's network a container's port is the host's. A pod's default: templates keep what was written. */
export function setHostPorts(spec: PodSpec): void {
  for (const containers of [spec.initContainers, spec.containers]) {
    for (const container of containers ?? []) setHostPortsOf(container);
  }
}

function setHostPortsOf(container: Container): void {
  for (const port of container.ports ?? []) {
    if (port.containerPort !== undefined) port.hostPort ||= port.containerPort;
  }
}
