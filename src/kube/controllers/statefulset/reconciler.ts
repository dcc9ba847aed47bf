import { errorMessage } from '#base';
import { isStatusError, type Shared } from '#kube/api';
import type { Informer, ReconcileResult } from '#kube/client';
import {
  byRevision,
  CLAIMS,
  CONTROLLER_REVISIONS,
  type ControllerRevision,
  claimChildren,
  EventRecorder,
  Expectations,
  isNamespaceGoing,
  LOOK_AGAIN,
  matcherOf,
  type OwnerKind,
  PODS,
  type Pod,
  RevisionKeeper,
  STATEFUL_SETS,
  surplusRevisions,
  templateOf,
  updateStatus,
} from '../common/mod.ts';
import type { ControllerContext } from '../contract.ts';
import { ClaimKeeper } from './claims.ts';
import { ordinalOf, podOfSet } from './identity.ts';
import { planStatefulSet, revisionOf, type StatefulSetPlan } from './plan.ts';
import type { StatefulSet } from './types.ts';

/** How StatefulSets own pods. */
export const STATEFUL_SET: OwnerKind<StatefulSet> = {
  resource: STATEFUL_SETS,
  kind: 'StatefulSet',
  selector: ({ spec }) => matcherOf(spec?.selector),
};

/** Keeps the pods of StatefulSets, and their claims, one step a reconcile. */
export class StatefulSetReconciler {
  readonly #context: ControllerContext;
  readonly #sets: Informer<StatefulSet>;
  readonly #pods: Informer<Pod>;
  readonly #seenPods: Expectations<Pod>;
  readonly #seenRevisions: Expectations<ControllerRevision>;
  readonly #seenSets: Expectations<StatefulSet>;
  readonly #revisions: RevisionKeeper<StatefulSet>;
  readonly #claims: ClaimKeeper;
  readonly #events: EventRecorder;

  constructor(context: ControllerContext) {
    const { client, informers } = context;
    this.#context = context;
    this.#sets = informers.of<StatefulSet>(STATEFUL_SETS);
    this.#pods = informers.of<Pod>(PODS);
    const revisions = informers.of<ControllerRevision>(CONTROLLER_REVISIONS);
    this.#seenPods = new Expectations(this.#pods);
    this.#seenRevisions = new Expectations(revisions);
    this.#seenSets = new Expectations(this.#sets);
    this.#revisions = new RevisionKeeper({
      client,
      kind: STATEFUL_SET,
      informer: revisions,
      expectations: this.#seenRevisions,
      hashLabel: 'controller.kubernetes.io/hash',
    });
    this.#claims = new ClaimKeeper(client, informers.of(CLAIMS), STATEFUL_SET);
    this.#events = new EventRecorder(client, 'statefulset-controller', context.nowMs);
  }

  /** Takes the next step of one set. */
  async reconcile(key: string): Promise<ReconcileResult | undefined> {
    const set = this.#sets.get(key);
    if (set === undefined) {
      for (const seen of [this.#seenPods, this.#seenRevisions, this.#seenSets]) seen.forget(key);
      return undefined;
    }
    if (!this.#seenPods.met(key) || !this.#seenRevisions.met(key) || !this.#seenSets.met(key)) return LOOK_AGAIN;
    const pods = await claimChildren(set, {
      client: this.#context.client,
      kind: STATEFUL_SET,
      children: this.#pods,
      childResource: PODS,
      refuses: (pod) => ordinalOf(set, pod) === undefined,
    });
    const update = await this.#revisions.current(key, set, () => this.#collided(key, set));
    if (update === undefined) return undefined;
    const current = this.#currentRevision(set, update);
    const state = { pods, currentRevision: nameOf(current), updateRevision: nameOf(update) };
    const plan = planStatefulSet(set, state, this.#context.nowMs());
    const error = await this.#apply(key, set, pods, plan, [current, update]);
    await this.#writeStatus(key, set, plan);
    await this.#trim(key, set, pods, plan);
    if (error !== undefined) throw error;
    return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
  }

  /** What the set was before: as its status says, while that is still known. */
  #currentRevision(set: Shared<StatefulSet>, update: Shared<ControllerRevision>): Shared<ControllerRevision> {
    const name = set.status?.currentRevision;
    return this.#revisions.of(set).find(({ metadata }) => metadata.name === name) ?? update;
  }

  async #collided(key: string, set: Shared<StatefulSet>): Promise<void> {
    const collisionCount = (set.status?.collisionCount ?? 0) + 1;
    const status = { replicas: 0, ...set.status, collisionCount };
    this.#seenSets.wrote(key, await updateStatus(this.#context.client, STATEFUL_SETS, set, status));
  }

  async #apply(
    key: string,
    set: Shared<StatefulSet>,
    pods: readonly Shared<Pod>[],
    plan: StatefulSetPlan,
    revisions: readonly Shared<ControllerRevision>[],
  ): Promise<unknown> {
    try {
      const condemned = new Set(plan.condemned);
      for (const pod of pods) {
        const ordinal = ordinalOf(set, pod);
        if (ordinal !== undefined) await this.#claims.own(set, ordinal, pod, condemned.has(ordinal));
      }
      for (const pod of pods) if (plan.remove.includes(pod.metadata.name ?? '')) await this.#delete(key, set, pod);
      for (const { ordinal, revision } of plan.create) {
        const found = revisions.find(({ metadata }) => metadata.name === revision);
        await this.#create(key, set, ordinal, found as Shared<ControllerRevision>);
      }
    } catch (error) {
      return isNamespaceGoing(error) ? undefined : error;
    }
    return undefined;
  }

  async #create(
    key: string,
    set: Shared<StatefulSet>,
    ordinal: number,
    revision: Shared<ControllerRevision>,
  ): Promise<void> {
    const pod = podOfSet(set, STATEFUL_SET, { ordinal, revision: nameOf(revision), template: templateOf(revision) });
    const { name } = pod.metadata;
    const owner = `StatefulSet ${set.metadata.name}`;
    try {
      for (const claim of await this.#claims.ensure(set, ordinal)) {
        this.#note(set, 'Normal', 'SuccessfulCreate', `create Claim ${claim} Pod ${name} in ${owner} success`);
      }
      this.#seenPods.wrote(key, await this.#context.client.create(PODS, pod));
    } catch (error) {
      if (!isNamespaceGoing(error)) {
        const message = `create Pod ${name} in ${owner} failed error: ${errorMessage(error)}`;
        this.#note(set, 'Warning', 'FailedCreate', message);
      }
      throw error;
    }
    this.#note(set, 'Normal', 'SuccessfulCreate', `create Pod ${name} in ${owner} successful`);
  }

  async #delete(key: string, set: Shared<StatefulSet>, pod: Shared<Pod>): Promise<void> {
    const { name = '', namespace, uid } = pod.metadata;
    const owner = `StatefulSet ${set.metadata.name}`;
    try {
      const held = await this.#context.client.delete(PODS, { name, namespace }, { preconditions: { uid } });
      if (held === undefined) this.#seenPods.removed(key, pod);
      else this.#seenPods.wrote(key, held);
    } catch (error) {
      if (isStatusError(error, 'NotFound') || isStatusError(error, 'Conflict')) return;
      const message = `delete Pod ${name} in ${owner} failed error: ${errorMessage(error)}`;
      this.#note(set, 'Warning', 'FailedDelete', message);
      throw error;
    }
    this.#note(set, 'Normal', 'SuccessfulDelete', `delete Pod ${name} in ${owner} successful`);
  }

  async #writeStatus(key: string, set: Shared<StatefulSet>, plan: StatefulSetPlan): Promise<void> {
    const { conditions, collisionCount } = set.status ?? {};
    const kept = {
      ...(collisionCount === undefined ? {} : { collisionCount }),
      ...(conditions === undefined ? {} : { conditions }),
    };
    const written = await updateStatus(this.#context.client, STATEFUL_SETS, set, { ...kept, ...plan.status });
    this.#seenSets.wrote(key, written);
  }

  async #trim(
    key: string,
    set: Shared<StatefulSet>,
    pods: readonly Shared<Pod>[],
    { status }: StatefulSetPlan,
  ): Promise<void> {
    const inUse = new Set([status.currentRevision ?? '', status.updateRevision ?? '', ...pods.map(revisionOf)]);
    const surplus = surplusRevisions(set, byRevision(this.#revisions.of(set)), inUse);
    if (surplus.length > 0) await this.#revisions.remove(key, set, surplus);
  }

  #note(set: Shared<StatefulSet>, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#events.note(set, { type, reason, message });
  }
}

function nameOf({ metadata }: Shared<ControllerRevision>): string {
  return metadata.name ?? '';
}
