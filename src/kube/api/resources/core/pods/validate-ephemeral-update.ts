import { type FieldErrors, Path, SPEC, semanticEqual } from '../../../values/mod.ts';
import { MIRROR_ANNOTATION } from '../pod-spec/mod.ts';
import type { Pod } from './types.ts';
import { validatePod } from './validate-pod.ts';

const WHOLE = new Path('');

/** Complaints about a change through `ephemeralcontainers`: more may be added, those that are there stay as they are. */
export function validateEphemeralContainersUpdate(pod: Pod, old: Pod, errors: FieldErrors): void {
  if (old.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) {
    errors.forbidden(WHOLE, 'static pods do not support ephemeral containers');
    return;
  }
  validatePod(pod, errors);
  const path = SPEC.child('ephemeralContainers');
  for (const before of old.spec.ephemeralContainers ?? []) {
    const now = pod.spec.ephemeralContainers?.find(({ name }) => name === before.name);
    const which = `existing ephemeral containers ${JSON.stringify(before.name)}`;
    if (now === undefined) errors.forbidden(path, `${which} may not be removed\n`);
    else if (!semanticEqual(now, before)) errors.forbidden(path, `${which} may not be changed\n`);
  }
}
