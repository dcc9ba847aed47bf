/** The specification of pods: its types, defaults and validation, for pods and for every kind that has a template of them. */
export { APPARMOR_ANNOTATION, appArmorOf, containersOf } from './apparmor.ts';
export * from './columns.ts';
export * from './defaults.ts';
export * from './requests.ts';
export type * from './types.ts';
export {
  MIRROR_ANNOTATION,
  validatePodAnnotations,
  validatePodAnnotationsUpdate,
} from './validation/annotations.ts';
export { validateClaimSpec } from './validation/claim-spec.ts';
export { isSidecar } from './validation/context.ts';
export { validatePersistentSources } from './validation/persistent-sources.ts';
export { validatePodSpec } from './validation/pod-spec.ts';
export { validatePodTemplate } from './validation/pod-template.ts';
export { validatePortNumberOrName } from './validation/probes.ts';
export { validateNodeSelector, validateTaintEffect, validateTolerations } from './validation/scheduling.ts';
export { validateAppArmor } from './validation/security.ts';
export { setClaimSpecDefaults, setSourceDefaults } from './volume-defaults.ts';
export type * from './volume-types.ts';
export { OLD_APPARMOR, warnOfPodAnnotations } from './warnings/annotations.ts';
export { warnOfPodName, warnOfPodSpec } from './warnings.ts';
