import type { FieldErrors, Path } from '../../../../values/mod.ts';
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
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isInt32(cost)) errors.invalid(path.key(DELETION_COST), cost, 'must be a 32bit integer');
}

function isInt32(text: string): boolean {
  if (!/^(0|-?[1-9][0-9]{0,10})$/.test(text)) return false;
  return Number(text) >= -INT32 && Number(text) < INT32;
}

/** Complaints about a change of annotations: a pod does not become, or stop being, a mirror. */
export function validatePodAnnotationsUpdate(
  annotations: Readonly<Record<string, string>> | undefined,
  old: Readonly<Record<string, string>> | undefined,
  path: Path,
  errors: FieldErrors,
): void {
  const [now, before] = [annotations?.[MIRROR_ANNOTATION], old?.[MIRROR_ANNOTATION]];
  if (now === before) return;
  const verb = before === undefined ? 'add' : 'remove or update';
  errors.forbidden(path.key(MIRROR_ANNOTATION), `may not ${verb} mirror pod annotation`);
}
