import type { KubeObject, Shared } from '#kube/api';
import { type Informer, keyOf, type ReconcileResult } from '#kube/client';

/**
 * What a reconcile answers while its expectations are not met: an event wakes it, and if none does, it looks again by
 * itself.
 */
export const LOOK_AGAIN: ReconcileResult = { requeueAfterMs: 1000 };

interface Unseen {
  /** The informer must have come this far. */
  revision: number;
  /** Children that were removed, by key: their uids. */
  readonly gone: Map<string, string>;
}

/**
 * What a controller did to an owner's children and its informer has not shown yet. To plan before it has would be to
 * do it twice. Revisions rise with every write, so that nothing needs to be counted, and nothing waits for an event
 * that was folded into another.
 */
export class Expectations<T extends KubeObject = KubeObject> {
  readonly #informer: Informer<T>;
  readonly #unseen = new Map<string, Unseen>();

  constructor(informer: Informer<T>) {
    this.#informer = informer;
  }

  /** The child was created or changed, and this is what the API answered. */
  wrote(owner: string, child: KubeObject): void {
    const unseen = this.#of(owner);
    unseen.revision = Math.max(unseen.revision, Number(child.metadata.resourceVersion ?? 0));
  }

  /** The child was removed and is no more. */
  removed(owner: string, child: Shared<KubeObject>): void {
    this.#of(owner).gone.set(keyOf(child), child.metadata.uid ?? '');
  }

  /** Does the informer show everything that was done for this owner? */
  met(owner: string): boolean {
    const unseen = this.#unseen.get(owner);
    if (unseen === undefined) return true;
    if (Number(this.#informer.resourceVersion ?? -1) < unseen.revision) return false;
    for (const [key, uid] of unseen.gone) if (this.#informer.get(key)?.metadata.uid === uid) return false;
    this.#unseen.delete(owner);
    return true;
  }

  /** The owner is gone. */
  forget(owner: string): void {
    this.#unseen.delete(owner);
  }

  #of(owner: string): Unseen {
    let unseen = this.#unseen.get(owner);
    if (unseen === undefined) {
      unseen = { revision: 0, gone: new Map() };
      this.#unseen.set(owner, unseen);
    }
    return unseen;
  }
}
