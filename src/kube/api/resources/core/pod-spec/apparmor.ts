import type { ConfinementProfile, Container, PodSpec } from './types.ts';

/** Before there was a field, AppArmor profiles were annotations: one for each container, by its name. */
export const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

const UNCONFINED = 'unconfined';
const RUNTIME_DEFAULT = 'runtime/default';
const LOCALHOST = 'localhost/';

/** What an annotation says, as the field says it; undefined for what the field cannot say. */
export function appArmorOf(annotation: string): ConfinementProfile | undefined {
  if (annotation === UNCONFINED) return { type: 'Unconfined' };
  if (annotation === RUNTIME_DEFAULT) return { type: 'RuntimeDefault' };
  const localhostProfile = annotation.startsWith(LOCALHOST) ? annotation.slice(LOCALHOST.length) : '';
  return localhostProfile === '' ? undefined : { type: 'Localhost', localhostProfile };
}

/** May an annotation say this? It may name no profile at all. */
export function isAppArmorAnnotation(text: string): boolean {
  return text === '' || text === UNCONFINED || text === RUNTIME_DEFAULT || text.startsWith(LOCALHOST);
}

/** The lists of containers that a pod has. */
export const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** All containers of a pod. */
export function containersOf(spec: PodSpec): readonly Container[] {
  return CONTAINER_LISTS.flatMap((list) => spec[list] ?? []);
}
