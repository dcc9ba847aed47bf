import type { Shared } from '#kube/api';
import type { EventNote } from '../common/mod.ts';
import { BOUND_BY_CONTROLLER, type PersistentVolume, type PersistentVolumeClaim, PROVISIONED_BY } from './types.ts';

/** What happens to a volume: the phase that it is to be in, and what is said about it. */
export interface VolumePlan {
  readonly phase: string;
  readonly note?: EventNote;
  /** It is no longer reserved: `all` forgets for whom, `uid` keeps the name that somebody wrote. */
  readonly release?: 'all' | 'uid';
  /** The claim has yet to learn that it is bound. */
  readonly lookAtClaim?: boolean;
}

/** Decides about a volume, given the claim that it names, if that is there. Pure. */
export function planVolume(
  volume: Shared<PersistentVolume>,
  claim: Shared<PersistentVolumeClaim> | undefined,
): VolumePlan {
  const reference = volume.spec?.claimRef;
  if (reference === undefined) return { phase: 'Available' };
  if ((reference.uid ?? '') === '') return { phase: 'Available', lookAtClaim: true };
  if (claim === undefined || claim.metadata.uid !== reference.uid) return planReleased(volume);
  const bound = claim.spec?.volumeName ?? '';
  if (bound === '') return { phase: volume.status?.phase ?? 'Available', lookAtClaim: true };
  if (bound === volume.metadata.name) return { phase: 'Bound' };
  // The claim took another volume.
  if (isProvisioned(volume) && volume.spec?.persistentVolumeReclaimPolicy === 'Delete') return planReleased(volume);
  const byController = volume.metadata.annotations?.[BOUND_BY_CONTROLLER] !== undefined;
  return { phase: 'Available', release: byController ? 'all' : 'uid' };
}

/** The claim is gone: what becomes of the data is the policy's matter. */
function planReleased(volume: Shared<PersistentVolume>): VolumePlan {
  if (volume.status?.phase === 'Failed') return { phase: 'Failed' };
  const failed = (reason: string, message: string): VolumePlan => ({
    phase: 'Failed',
    note: { type: 'Warning', reason, message },
  });
  switch (volume.spec?.persistentVolumeReclaimPolicy) {
    case 'Recycle':
      return failed('VolumeFailedRecycle', 'No recycler plugin found for the volume!');
    case 'Delete':
      // Who made it takes it away.
      if (isProvisioned(volume)) return { phase: 'Released' };
      return failed(
        'VolumeFailedDelete',
        `error getting deleter volume plugin for volume "${volume.metadata.name}": no deletable volume plugin matched`,
      );
    default:
      return { phase: 'Released' };
  }
}

function isProvisioned({ metadata }: Shared<PersistentVolume>): boolean {
  return metadata.annotations?.[PROVISIONED_BY] !== undefined;
}
