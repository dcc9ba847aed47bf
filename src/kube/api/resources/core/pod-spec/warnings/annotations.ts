import type { Path } from '../../../../values/mod.ts';
import { APPARMOR_ANNOTATION, containersOf } from '../apparmor.ts';
import type { PodSpec } from '../types.ts';

type Warn = (message: string) => void;

const SECCOMP_OF_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP = 'container.seccomp.security.alpha.kubernetes.io/';
const NO_SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead';

/** What warnings of AppArmor annotations say. */
export const OLD_APPARMOR = 'deprecated since v1.30; use the "appArmorProfile" field instead';

const OLD_ANNOTATIONS: readonly (readonly [key: string, detail: string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];

/**
 * Warns of annotations that have become fields; `path` is that of the annotations. Of pods' AppArmor annotations, what makes fields of them
 * tells.
 */
export function warnOfPodAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  spec: PodSpec,
  path: Path,
  warn: Warn,
  isTemplate: boolean,
): void {
  if (annotations === undefined) return;
  const tell = (key: string, detail: string) => {
    if (Object.hasOwn(annotations, key)) warn(`${path.key(key)}: ${detail}`);
  };
  for (const [key, detail] of OLD_ANNOTATIONS) tell(key, detail);
  const { seccompProfile, appArmorProfile } = spec.securityContext ?? {};
  if (seccompProfile === undefined) tell(SECCOMP_OF_POD, NO_SECCOMP);
  for (const { name, securityContext } of containersOf(spec)) {
    if (securityContext?.seccompProfile === undefined) tell(`${SECCOMP}${name}`, NO_SECCOMP);
    const profile = appArmorProfile ?? securityContext?.appArmorProfile;
    if (isTemplate && profile === undefined) tell(`${APPARMOR_ANNOTATION}${name}`, OLD_APPARMOR);
  }
}
