import type { ObjectMeta, Shared } from '#kube/api';
import type { PodSpec } from '#kube/api/resources';
import type { Check, CheckedPod, Violation } from './checks/check.ts';
import { appArmorProfile, seccompBaseline, seccompRestricted, seLinuxOptions, sysctls } from './checks/confinement.ts';
import { hostNamespaces, hostPathVolumes, hostPorts, hostProbes, windowsHostProcess } from './checks/host.ts';
import {
  allowPrivilegeEscalation,
  capabilitiesBaseline,
  capabilitiesRestricted,
  privileged,
  procMountBaseline,
  procMountRestricted,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
} from './checks/privileges.ts';
import type { LevelVersion } from './level.ts';

/** In upstream's order, which is that of the checks' names there. */
const BASELINE: readonly Check[] = [
  appArmorProfile,
  capabilitiesBaseline,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  privileged,
  procMountBaseline,
  seLinuxOptions,
  seccompBaseline,
  sysctls,
  windowsHostProcess,
];

/** Those of the baseline that nothing stricter replaces, then its own. */
const RESTRICTED: readonly Check[] = [
  appArmorProfile,
  hostNamespaces,
  hostPorts,
  hostProbes,
  privileged,
  seLinuxOptions,
  sysctls,
  windowsHostProcess,
  allowPrivilegeEscalation,
  capabilitiesRestricted,
  procMountRestricted,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompRestricted,
];

/** A profile knows nothing that is newer than its version, and this server nothing newer than itself. */
export function violations(
  { level, minor }: LevelVersion,
  metadata: Shared<ObjectMeta> | undefined,
  spec: PodSpec,
): Violation[] {
  if (level === 'privileged') return [];
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec;
  const pod: CheckedPod = {
    metadata: metadata ?? {},
    spec,
    containers: [...initContainers, ...containers, ...ephemeralContainers],
  };
  const checks = level === 'baseline' ? BASELINE : RESTRICTED;
  return checks.map((check) => check(pod, minor)).filter((violation) => violation !== undefined);
}

/** `privileged (container "a" must not …), hostPort (…)`. */
export function describeViolations(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
}
