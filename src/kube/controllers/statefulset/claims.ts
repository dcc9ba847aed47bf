import { conflict, isStatusError, type KubeObject, type OwnerReference, type Shared } from '#kube/api';
import { type Client, type Informer, keyOf } from '#kube/client';
import { CLAIMS, controllerRef, type OwnerKind, type Pod } from '../common/mod.ts';
import { claimName, claimsOf } from './identity.ts';
import type { StatefulSet } from './types.ts';

/** With whom a claim goes: with its set, with its pod, or with nobody. */
export type ClaimOwner = 'set' | 'pod' | 'nobody';

/**
 * By the set's retention policy: `whenDeleted` binds claims to the set, `whenScaled` those of condemned pods to the
 * pod.
 */
export function claimOwner({ spec }: Shared<StatefulSet>, isCondemned: boolean): ClaimOwner {
  const { whenDeleted, whenScaled } = spec?.persistentVolumeClaimRetentionPolicy ?? {};
  if (isCondemned && whenScaled === 'Delete') return 'pod';
  return whenDeleted === 'Delete' ? 'set' : 'nobody';
}

/** Makes the claims of pods and keeps who owns them. */
export class ClaimKeeper {
  readonly #client: Client;
  readonly #claims: Informer;
  readonly #kind: OwnerKind<StatefulSet>;

  constructor(client: Client, claims: Informer, kind: OwnerKind<StatefulSet>) {
    this.#client = client;
    this.#claims = claims;
    this.#kind = kind;
  }

  /**
   * Makes the claims of a pod that are not there; answers their names. Throws a Conflict while one of an earlier pod
   * goes.
   */
  async ensure(set: Shared<StatefulSet>, ordinal: number): Promise<string[]> {
    const made: string[] = [];
    for (const claim of claimsOf(set, ordinal)) {
      const known = this.#claims.get(keyOf(claim));
      if (known?.metadata.deletionTimestamp !== undefined) {
        throw conflict(CLAIMS, claim.metadata.name ?? '', 'the claim of an earlier pod is still being deleted');
      }
      if (known !== undefined) continue;
      if (claimOwner(set, false) === 'set') claim.metadata.ownerReferences = [controllerRef(set, this.#kind)];
      try {
        await this.#client.create(CLAIMS, claim);
        made.push(claim.metadata.name ?? '');
      } catch (error) {
        if (!isStatusError(error, 'AlreadyExists')) throw error;
      }
    }
    return made;
  }

  /** Sets who owns the claims of a pod, where that is another than it was. */
  async own(set: Shared<StatefulSet>, ordinal: number, pod: Shared<Pod>, isCondemned: boolean): Promise<void> {
    for (const template of set.spec?.volumeClaimTemplates ?? []) {
      const name = claimName(template, set, ordinal);
      const claim = this.#claims.get(keyOf({ metadata: { name, namespace: set.metadata.namespace } }));
      if (claim !== undefined) await this.#setOwner(set, pod, claim, claimOwner(set, isCondemned));
    }
  }

  async #setOwner(
    set: Shared<StatefulSet>,
    pod: Shared<Pod>,
    claim: Shared<KubeObject>,
    owner: ClaimOwner,
  ): Promise<void> {
    const had = claim.metadata.ownerReferences ?? [];
    const others = had.filter(
      ({ kind, name }) => kind !== 'StatefulSet' && !(kind === 'Pod' && name === pod.metadata.name),
    );
    const ownerReferences = [...others, ...this.#references(set, pod, owner)];
    const same =
      had.length === ownerReferences.length && ownerReferences.every(({ uid }) => had.some((old) => old.uid === uid));
    if (same) return;
    const { name = '', namespace, resourceVersion } = claim.metadata;
    const body = { metadata: { resourceVersion, ownerReferences } };
    await this.#client.patch(CLAIMS, { name, namespace }, { type: 'merge', body });
  }

  #references(set: Shared<StatefulSet>, pod: Shared<Pod>, owner: ClaimOwner): OwnerReference[] {
    if (owner === 'nobody') return [];
    if (owner === 'set') return [controllerRef(set, this.#kind)];
    const { name = '', uid = '' } = pod.metadata;
    return [{ apiVersion: 'v1', kind: 'Pod', name, uid, controller: true, blockOwnerDeletion: true }];
  }
}
