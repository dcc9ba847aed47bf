import type { OwnerReference, Shared } from '#kube/api';
import { FOREGROUND, ORPHAN } from './graph.ts';

/** What is known of one owner. */
export type OwnerState = 'present' | 'waiting' | 'absent' | 'unknown';

/** What the collector looks at to decide about one object. */
export interface ItemFacts {
  readonly metadata: { readonly finalizers?: readonly string[]; readonly deletionTimestamp?: string };
  readonly owners: readonly { readonly reference: Shared<OwnerReference>; readonly state: OwnerState }[];
  readonly hasDependents: boolean;
  /** Does one of the dependents wait for its own dependents? Then the two may wait for each other. */
  readonly hasWaitingDependent: boolean;
}

/** What happens to an object. */
export type ItemPlan =
  | { readonly do: 'nothing' }
  /** Takes owners away that are gone; others keep the object. */
  | { readonly do: 'drop-owners'; readonly uids: readonly string[] }
  | {
      readonly do: 'delete';
      readonly policy: 'Background' | 'Foreground' | 'Orphan';
      /** First let the owners go, that wait for each other in a circle. */
      readonly unblock: boolean;
    };

/** Decides about an object that has owners. Pure. */
export function planItem({ metadata, owners, hasDependents, hasWaitingDependent }: ItemFacts): ItemPlan {
  const { finalizers = [], deletionTimestamp } = metadata;
  if (owners.length === 0 || owners.some(({ state }) => state === 'unknown')) return { do: 'nothing' };
  // It is on its way already; when it waits for its dependents, they are looked at instead.
  if (deletionTimestamp !== undefined) return { do: 'nothing' };
  const gone = owners.filter(({ state }) => state !== 'present');
  if (gone.length < owners.length) {
    return gone.length === 0
      ? { do: 'nothing' }
      : { do: 'drop-owners', uids: gone.map(({ reference }) => reference.uid) };
  }
  if (owners.some(({ state }) => state === 'waiting') && hasDependents) {
    return { do: 'delete', policy: 'Foreground', unblock: hasWaitingDependent };
  }
  return { do: 'delete', policy: policyOf(finalizers), unblock: false };
}

/** What the object's own finalizers say about its dependents. */
function policyOf(finalizers: readonly string[]): 'Background' | 'Foreground' | 'Orphan' {
  if (finalizers.includes(ORPHAN)) return 'Orphan';
  return finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background';
}
