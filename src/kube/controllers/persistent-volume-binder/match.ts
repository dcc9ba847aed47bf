import { type LabelSelector, labelMatcher, matchesLabels, type Shared } from '#kube/api';
import { compareQuantities, parseQuantity, type Quantity, ZERO } from '#kube/api/values';
import { OLD_CLASS, type PersistentVolume, type PersistentVolumeClaim } from './types.ts';

/** The class that a claim or volume is of; '' is none. */
export function classOf({ metadata, spec }: Shared<PersistentVolumeClaim> | Shared<PersistentVolume>): string {
  return metadata.annotations?.[OLD_CLASS] ?? spec?.storageClassName ?? '';
}

/** Is the volume reserved for this claim? A reference without a uid was written by somebody who wants it so. */
export function isReservedFor(
  { spec }: Shared<PersistentVolume>,
  { metadata }: Shared<PersistentVolumeClaim>,
): boolean {
  const reference = spec?.claimRef;
  if (reference?.name !== metadata.name || (reference?.namespace ?? '') !== (metadata.namespace ?? '')) return false;
  return (reference?.uid ?? '') === '' || reference?.uid === metadata.uid;
}

/** Why the volume does not do for the claim; undefined: it does. The texts are upstream's. */
export function mismatch(volume: Shared<PersistentVolume>, claim: Shared<PersistentVolumeClaim>): string | undefined {
  if (compareQuantities(capacityOf(volume), requestOf(claim)) < 0) return 'requested PV is too small';
  if (classOf(volume) !== classOf(claim)) return 'storageClassName does not match';
  if (modeOf(volume) !== modeOf(claim)) return 'incompatible volumeMode';
  const modes = volume.spec?.accessModes ?? [];
  if (!(claim.spec?.accessModes ?? []).every((mode) => modes.includes(mode))) return 'incompatible accessMode';
  if ((volume.spec?.volumeAttributesClassName ?? '') !== (claim.spec?.volumeAttributesClassName ?? ''))
    return 'VolumeAttributesClassName does not match';
  return undefined;
}

/**
 * The volume for a claim: the one that is reserved for it, or the smallest of those that do. A claim whose binding waits for a pod gets
 * only what is reserved. Pure.
 */
export function bestVolume(
  claim: Shared<PersistentVolumeClaim>,
  volumes: readonly Shared<PersistentVolume>[],
  waits: boolean,
): Shared<PersistentVolume> | undefined {
  const reserved = volumes.find((volume) => isReservedFor(volume, claim) && mismatch(volume, claim) === undefined);
  if (reserved !== undefined || waits) return reserved;
  const matcher = labelMatcher((claim.spec?.selector ?? {}) as LabelSelector) ?? [];
  let best: Shared<PersistentVolume> | undefined;
  for (const volume of volumes) {
    if (!isFree(volume) || mismatch(volume, claim) !== undefined) continue;
    if (!matchesLabels(matcher, volume.metadata.labels ?? {})) continue;
    if (best === undefined || compareQuantities(capacityOf(volume), capacityOf(best)) < 0) best = volume;
  }
  return best;
}

/** What a claim asks for. */
export function requestOf({ spec }: Shared<PersistentVolumeClaim>): Quantity {
  return parseQuantity(spec?.resources?.requests?.storage ?? '0') ?? ZERO;
}

function capacityOf({ spec }: Shared<PersistentVolume>): Quantity {
  return parseQuantity(spec?.capacity?.storage ?? '0') ?? ZERO;
}

function modeOf({ spec }: Shared<PersistentVolume> | Shared<PersistentVolumeClaim>): string {
  return spec?.volumeMode ?? 'Filesystem';
}

function isFree({ metadata, spec, status }: Shared<PersistentVolume>): boolean {
  return metadata.deletionTimestamp === undefined && spec?.claimRef === undefined && status?.phase === 'Available';
}
