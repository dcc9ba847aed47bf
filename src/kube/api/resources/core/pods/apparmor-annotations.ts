import { FieldErrors, METADATA, semanticEqual } from '../../../values/mod.ts';
import { APPARMOR_ANNOTATION, appArmorOf, containersOf, OLD_APPARMOR, validateAppArmor } from '../pod-spec/mod.ts';
import type { Pod } from './types.ts';

const ANNOTATIONS = METADATA.child('annotations');

/** Makes fields of a new pod's AppArmor annotations: nodes read fields only. What cannot be a field stays an annotation without a meaning. */
export function takeAppArmorAnnotations({ metadata, spec }: Pod, warn: (message: string) => void): void {
  const { annotations } = metadata;
  if (annotations === undefined || spec.os?.name === 'windows') return;
  for (const container of containersOf(spec)) {
    const key = `${APPARMOR_ANNOTATION}${container.name}`;
    if (!Object.hasOwn(annotations, key) || container.securityContext?.appArmorProfile !== undefined) continue;
    const profile = profileOf(annotations[key] ?? '');
    // What the whole pod has anyway need not be said again, nor warned of.
    if (profile !== undefined && semanticEqual(profile, spec.securityContext?.appArmorProfile)) continue;
    if (profile !== undefined) container.securityContext = { ...container.securityContext, appArmorProfile: profile };
    warn(`${ANNOTATIONS.key(key)}: ${OLD_APPARMOR}`);
  }
}

function profileOf(annotation: string) {
  const profile = appArmorOf(annotation);
  if (profile === undefined) return undefined;
  const errors = new FieldErrors();
  validateAppArmor(profile, ANNOTATIONS, errors);
  return errors.list.length === 0 ? profile : undefined;
}
