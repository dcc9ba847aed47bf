import type { Shared } from '#kube/api';
import type { EventNote } from '../common/mod.ts';
import { bestVolume, classOf, isReservedFor, mismatch } from './match.ts';
import {
  BIND_COMPLETED,
  type PersistentVolume,
  type PersistentVolumeClaim,
  SELECTED_NODE,
  type StorageClass,
} from './types.ts';

/** What is around a claim. */
export interface ClaimFacts {
  readonly claim: Shared<PersistentVolumeClaim>;
  readonly volumes: readonly Shared<PersistentVolume>[];
  readonly classes: readonly Shared<StorageClass>[];
}

/** What happens to a claim. */
export type ClaimPlan =
  | { readonly do: 'bind'; readonly volume: Shared<PersistentVolume> }
  /** It gets the class that claims without one get. */
  | { readonly do: 'set-class'; readonly className: string }
  /** It waits; `provisioner` is asked to make a volume. */
  | { readonly do: 'wait'; readonly note?: EventNote; readonly provisioner?: string }
  | { readonly do: 'lose'; readonly note: EventNote };

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
const IN_TREE = 'kubernetes.io/';

/** Decides about a claim. Pure. */
export function planClaim(facts: ClaimFacts): ClaimPlan {
  const { claim, volumes } = facts;
  const name = claim.spec?.volumeName ?? '';
  const volume = volumes.find(({ metadata }) => metadata.name === name);
  if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return planBound(claim, name, volume);
  return name === '' ? planUnbound(facts) : planNamed(claim, name, volume);
}

/** A claim that was bound stays so, or is lost. */
function planBound(
  claim: Shared<PersistentVolumeClaim>,
  name: string,
  volume: Shared<PersistentVolume> | undefined,
): ClaimPlan {
  const lose = (reason: string, message: string): ClaimPlan => ({
    do: 'lose',
    note: { type: 'Warning', reason, message },
  });
  if (name === '')
    return lose('ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
  if (volume === undefined)
    return lose('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  if (volume.spec?.claimRef === undefined || volume.spec.claimRef.uid === claim.metadata.uid)
    return { do: 'bind', volume };
  return lose('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
}

/** A claim that names its volume waits for it. */
function planNamed(
  claim: Shared<PersistentVolumeClaim>,
  name: string,
  volume: Shared<PersistentVolume> | undefined,
): ClaimPlan {
  const wait = (reason: string, message: string): ClaimPlan => ({
    do: 'wait',
    note: { type: 'Warning', reason, message },
  });
  if (volume === undefined) return { do: 'wait' };
  if (volume.spec?.claimRef === undefined) {
    const problem = mismatch(volume, claim);
    if (problem === undefined) return { do: 'bind', volume };
    return wait('VolumeMismatch', `Cannot bind to requested volume "${name}": ${problem}`);
  }
  if (isReservedFor(volume, claim)) return { do: 'bind', volume };
  return wait('FailedBinding', `volume "${name}" already bound to a different claim.`);
}

function planUnbound({ claim, volumes, classes }: ClaimFacts): ClaimPlan {
  const className = classOf(claim);
  const found = classes.find(({ metadata }) => metadata.name === className);
  const waits = found?.volumeBindingMode === 'WaitForFirstConsumer' && !claim.metadata.annotations?.[SELECTED_NODE];
  const volume = bestVolume(claim, volumes, waits);
  if (volume !== undefined) return { do: 'bind', volume };
  if (claim.spec?.storageClassName === undefined && className === '') {
    const byDefault = defaultClass(classes);
    if (byDefault !== undefined) return { do: 'set-class', className: byDefault };
  }
  const wait = (type: EventNote['type'], reason: string, message: string): ClaimPlan => ({
    do: 'wait',
    note: { type, reason, message },
  });
  if (waits) return wait('Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
  if (className === '') {
    return wait(
      'Normal',
      'FailedBinding',
      'no persistent volumes available for this claim and no storage class is set',
    );
  }
  return planProvision(className, found, wait);
}

/** Volumes are made by others: all we do is ask them. */
function planProvision(
  className: string,
  found: Shared<StorageClass> | undefined,
  wait: (type: EventNote['type'], reason: string, message: string) => ClaimPlan,
): ClaimPlan {
  if (found === undefined) {
    return wait('Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`);
  }
  const provisioner = found.provisioner ?? '';
  if (provisioner.startsWith(IN_TREE)) {
    return wait('Warning', 'ProvisioningFailed', `no volume plugin matched name: ${provisioner}`);
  }
  const message =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system ` +
    'administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.';
  return { do: 'wait', provisioner, note: { type: 'Normal', reason: 'ExternalProvisioning', message } };
}

/** The class of claims without one: the newest of those that say so. */
function defaultClass(classes: readonly Shared<StorageClass>[]): string | undefined {
  const born = ({ metadata }: Shared<StorageClass>) => metadata.creationTimestamp ?? '';
  const name = ({ metadata }: Shared<StorageClass>) => metadata.name ?? '';
  const [first] = classes
    .filter(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true')
    .sort((a, b) => (born(a) === born(b) ? (name(a) < name(b) ? -1 : 1) : born(a) > born(b) ? -1 : 1));
  return first === undefined ? undefined : name(first);
}
