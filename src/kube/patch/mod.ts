/**
 * How objects change: JSON patch, merge patch, strategic merge patch, server-side apply and the fields that managers
 * own.
 */

export {
  applyAcrossVersions,
  type InVersion,
  isOfOtherVersions,
  trackAcrossVersions,
  type Versioned,
} from './apply/across-versions.ts';
export { type Apply, applyObject } from './apply/apply-object.ts';
export type { FieldPath } from './apply/compare-objects.ts';
export { fieldTypeOf } from './apply/field-type.ts';
export { mergeValues } from './apply/merge-values.ts';
export { trackUpdate, type UpdateToTrack } from './apply/track-update.ts';
export { jsonPatch } from './json/json-patch.ts';
export { mergePatch } from './merge/merge-patch.ts';
export { strategicMerge } from './strategic/strategic-merge.ts';
