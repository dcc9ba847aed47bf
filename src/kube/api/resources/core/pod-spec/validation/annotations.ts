import type { FieldErrors, Path } from '../../../../values/mod.ts';
import { APPARMOR_ANNOTATION, containersOf, isAppArmorAnnotation } from '../apparmor.ts';
import type { PodSpec } from '../types.ts';

/** Marks a pod that mirrors one which an agent runs from a file. */
export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const INT32 = 2147483648;

/** Complaints about annotations that mean something to pods. */
export function validatePodAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  spec: PodSpec,
  path: Path,
  errors: FieldErrors,
): void {
  if (annotations === undefined) return;
  const mirror = annotations[MIRROR_ANNOTATION];
  if (mirror !== undefined && (spec.nodeName ?? '') === '') {
    const detail = 'must set spec.nodeName if mirror pod annotation is set';
    errors.invalid(path.key(MIRROR_ANNOTATION), mirror, detail);
  }
  validateAppArmorAnnotations(annotations, spec, path, errors);
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isInt32(cost)) errors.invalid(path.key(DELETION_COST), cost, 'must be a 32bit integer');
}

function validateAppArmorAnnotations(
  annotations: Readonly<Record<string, string>>,
  spec: PodSpec,
  path: Path,
  errors: FieldErrors,
): void {
  for (const [key, value] of Object.entries(annotations)) {
    if (!key.startsWith(APPARMOR_ANNOTATION)) continue;
    const name = key.slice(APPARMOR_ANNOTATION.length);
    if (!containersOf(spec).some((container) => container.name === name))
      errors.invalid(path.key(key), name, 'container not found');
    if (!isAppArmorAnnotation(value))
      errors.invalid(path.key(key), value, `invalid AppArmor profile name: ${JSON.stringify(value)}`);
  }
}

function isInt32(text: string): boolean {
  if (!/^(0|-?[1-9][0-9]{0,10})$/.test(text)) return false;
  return Number(text) >= -INT32 && Number(text) < INT32;
}

/** Complaints about a change of annotations: a pod does not become, or stop being, a mirror, and its confinement stays. */
export function validatePodAnnotationsUpdate(
  annotations: Readonly<Record<string, string>> | undefined,
  old: Readonly<Record<string, string>> | undefined,
  path: Path,
  errors: FieldErrors,
): void {
  for (const key of new Set([...Object.keys(old ?? {}), ...Object.keys(annotations ?? {})])) {
    if (!key.startsWith(APPARMOR_ANNOTATION) || annotations?.[key] === old?.[key]) continue;
    const how = old?.[key] === undefined ? 'add' : 'remove or update';
    errors.forbidden(path.key(key), `may not ${how} AppArmor annotations`);
  }
  const [now, before] = [annotations?.[MIRROR_ANNOTATION], old?.[MIRROR_ANNOTATION]];
  if (now === before) return;
  const verb = before === undefined ? 'add' : 'remove or update';
  errors.forbidden(path.key(MIRROR_ANNOTATION), `may not ${verb} mirror pod annotation`);
}
