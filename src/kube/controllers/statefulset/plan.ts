import type { Shared } from '#kube/api';
import { availableInMs, isAvailable, isOver, isReady, isTerminating, type Pod, scaledValue } from '../common/mod.ts';
import { ordinalOf, REVISION_LABEL } from './identity.ts';
import type { StatefulSet, StatefulSetStatus } from './types.ts';

/** What is there of a set. */
export interface StatefulSetState {
  /** The pods that are its own. */
  readonly pods: readonly Shared<Pod>[];
  /** Name of the revision that the set had before its update began; the same as `update` when none is under way. */
  readonly currentRevision: string;
  /** Name of the revision of the present template. */
  readonly updateRevision: string;
}

/** The next step of a set. */
export interface StatefulSetPlan {
  /** Pods to make, and of which revision. */
  readonly create: readonly { readonly ordinal: number; readonly revision: string }[];
  /** Names of pods to delete. */
  readonly remove: readonly string[];
  /** Ordinals of pods that are one too many: their claims may go with them. */
  readonly condemned: readonly number[];
  readonly status: Omit<StatefulSetStatus, 'conditions' | 'collisionCount'>;
  readonly requeueAfterMs?: number;
}

interface Member {
  readonly ordinal: number;
  readonly pod: Shared<Pod> | undefined;
}

/**
 * Pods with ordinals from the first on, one after the other unless the policy is Parallel: a missing one is made, one
 * that ended is replaced, those beyond the last go from the top, and then old revisions are replaced from the top.
 * Pure.
 */
export function planStatefulSet(set: Shared<StatefulSet>, state: StatefulSetState, nowMs: number): StatefulSetPlan {
  const planner = new Planner(set, state, nowMs);
  if (set.metadata.deletionTimestamp === undefined) planner.plan();
  return planner.result();
}

class Planner {
  readonly #set: Shared<StatefulSet>;
  readonly #state: StatefulSetState;
  readonly #nowMs: number;
  readonly #members: readonly Member[];
  readonly #condemned: readonly { readonly ordinal: number; readonly pod: Shared<Pod> }[];
  readonly #ordered: boolean;
  readonly #create: { ordinal: number; revision: string }[] = [];
  readonly #remove: string[] = [];

  constructor(set: Shared<StatefulSet>, state: StatefulSetState, nowMs: number) {
    this.#set = set;
    this.#state = state;
    this.#nowMs = nowMs;
    this.#ordered = set.spec?.podManagementPolicy !== 'Parallel';
    const start = set.spec?.ordinals?.start ?? 0;
    const end = start + (set.spec?.replicas ?? 1);
    const byOrdinal = new Map(state.pods.map((pod) => [ordinalOf(set, pod), pod]));
    this.#members = Array.from({ length: end - start }, (_, at) => ({
      ordinal: start + at,
      pod: byOrdinal.get(start + at),
    }));
    this.#condemned = [...byOrdinal]
      .flatMap(([ordinal, pod]) =>
        ordinal === undefined || (ordinal >= start && ordinal < end) ? [] : [{ ordinal, pod }],
      )
      .sort((a, b) => b.ordinal - a.ordinal);
  }

  plan(): void {
    if (!this.#fill() || !this.#shrink()) return;
    if (this.#set.spec?.updateStrategy?.type !== 'OnDelete') this.#roll();
  }

  result(): StatefulSetPlan {
    const minReadySeconds = this.#set.spec?.minReadySeconds ?? 0;
    const requeueAfterMs = availableInMs(this.#state.pods, minReadySeconds, this.#nowMs);
    return {
      create: this.#create,
      remove: this.#remove,
      condemned: this.#condemned.map(({ ordinal }) => ordinal),
      status: this.#status(),
      ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }),
    };
  }

  /** Sees that each member is there. Answers whether what comes after it may go on. */
  #fill(): boolean {
    for (const { ordinal, pod } of this.#members) {
      if (pod === undefined) this.#create.push({ ordinal, revision: this.#revisionFor(ordinal) });
      else if (isOver(pod)) this.#delete(pod);
      else if (this.#isHealthy(pod)) continue;
      if (this.#ordered) return false;
    }
    // Parallel sets go on at once; what is under way already is looked at again when it is done.
    return this.#create.length === 0 && this.#remove.length === 0;
  }

  #shrink(): boolean {
    const firstUnhealthy = this.#firstUnhealthy();
    for (const { pod } of this.#condemned) {
      if (this.#ordered && isTerminating(pod)) return false;
      if (this.#ordered && !this.#isHealthy(pod) && pod !== firstUnhealthy) return false;
      this.#delete(pod);
      if (this.#ordered) return false;
    }
    return true;
  }

  /** The member or condemned pod with the lowest ordinal that doesn't serve. */
  #firstUnhealthy(): Shared<Pod> | undefined {
    const all = [...this.#members, ...[...this.#condemned].reverse()];
    return all.find(({ pod }) => pod !== undefined && !this.#isHealthy(pod))?.pod;
  }

  /** Replaces pods of other revisions from the top down to the partition, so many at a time. */
  #roll(): void {
    const { partition = 0, maxUnavailable = 1 } = this.#set.spec?.updateStrategy?.rollingUpdate ?? {};
    const start = this.#set.spec?.ordinals?.start ?? 0;
    let budget = Math.max(1, scaledValue(maxUnavailable, this.#members.length, 'up'));
    for (const { ordinal, pod } of [...this.#members].reverse()) {
      if (ordinal < start + partition || budget === 0) return;
      if (pod === undefined) continue;
      const isNew = revisionOf(pod) === this.#state.updateRevision;
      if (isNew && this.#isHealthy(pod)) continue;
      if (!isNew) this.#delete(pod);
      budget--;
    }
  }

  #delete(pod: Shared<Pod>): void {
    if (!isTerminating(pod)) this.#remove.push(pod.metadata.name ?? '');
  }

  #isHealthy(pod: Shared<Pod>): boolean {
    return !isTerminating(pod) && this.#isAvailable(pod);
  }

  #isAvailable(pod: Shared<Pod>): boolean {
    const minReadySeconds = this.#set.spec?.minReadySeconds ?? 0;
    return pod.status?.phase === 'Running' && isAvailable(pod, minReadySeconds, this.#nowMs);
  }

  /** Below the partition a pod that was lost comes back as it was. */
  #revisionFor(ordinal: number): string {
    const { type, rollingUpdate } = this.#set.spec?.updateStrategy ?? {};
    const start = this.#set.spec?.ordinals?.start ?? 0;
    const isOld = type !== 'OnDelete' && ordinal < start + (rollingUpdate?.partition ?? 0);
    return isOld ? this.#state.currentRevision : this.#state.updateRevision;
  }

  #status(): StatefulSetPlan['status'] {
    const { currentRevision, updateRevision, pods } = this.#state;
    const there = pods.filter((pod) => ordinalOf(this.#set, pod) !== undefined);
    const ofRevision = (revision: string) =>
      there.filter((pod) => !isTerminating(pod) && revisionOf(pod) === revision).length;
    const ready = there.filter((pod) => pod.status?.phase === 'Running' && isReady(pod)).length;
    const updated = ofRevision(updateRevision);
    const isDone = this.#isRolledOut(updated, ready, there.length);
    return {
      observedGeneration: this.#set.metadata.generation,
      replicas: there.length,
      readyReplicas: ready,
      availableReplicas: there.filter((pod) => this.#isAvailable(pod)).length,
      currentReplicas: isDone ? updated : ofRevision(currentRevision),
      updatedReplicas: updated,
      currentRevision: isDone ? updateRevision : currentRevision,
      updateRevision,
    };
  }

  /** When all are of the new revision and ready, the update is over. */
  #isRolledOut(updated: number, ready: number, count: number): boolean {
    if (this.#set.spec?.updateStrategy?.type === 'OnDelete') return false;
    return updated === count && ready === count;
  }
}

/** The revision that a pod is of. */
export function revisionOf({ metadata }: Shared<Pod>): string {
  return metadata.labels?.[REVISION_LABEL] ?? '';
}
