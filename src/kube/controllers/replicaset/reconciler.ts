import { errorMessage } from '#base';
import type { Shared } from '#kube/api';
import type { Informer, ReconcileResult } from '#kube/client';
import {
  claimChildren,
  controlledBy,
  controllerOf,
  EventRecorder,
  Expectations,
  inNamespace,
  isActive,
  isNamespaceGoing,
  LOOK_AGAIN,
  type OwnerKind,
  PODS,
  type Pod,
  PodControl,
  podFromTemplate,
  slowStart,
  updateStatus,
  withCondition,
  withoutCondition,
} from '../common/mod.ts';
import type { ControllerContext } from '../contract.ts';
import { planReplicaSet, type ReplicaSetPlan } from './plan.ts';
import type { ReplicaSet } from './types.ts';

/** Keeps ReplicaSets, or ReplicationControllers, at their number of pods. */
export class ReplicaSetReconciler {
  readonly #context: ControllerContext;
  readonly #kind: OwnerKind<ReplicaSet>;
  readonly #sets: Informer<ReplicaSet>;
  readonly #pods: Informer<Pod>;
  readonly #expectations: Expectations<Pod>;
  readonly #control: PodControl;

  constructor(context: ControllerContext, kind: OwnerKind<ReplicaSet>, component: string) {
    this.#context = context;
    this.#kind = kind;
    this.#sets = context.informers.of<ReplicaSet>(kind.resource);
    this.#pods = context.informers.of<Pod>(PODS);
    this.#expectations = new Expectations(this.#pods);
    const events = new EventRecorder(context.client, component, context.nowMs);
    this.#control = new PodControl(context.client, events, this.#expectations);
  }

  /** Brings one set to its number. */
  async reconcile(key: string): Promise<ReconcileResult | undefined> {
    const set = this.#sets.get(key);
    if (set === undefined) {
      this.#expectations.forget(key);
      return undefined;
    }
    if (!this.#expectations.met(key)) return LOOK_AGAIN;
    const pods = await claimChildren(set, {
      client: this.#context.client,
      kind: this.#kind,
      children: this.#pods,
      childResource: PODS,
    });
    const plan = planReplicaSet(set, { pods, crowd: this.#crowd(set) }, this.#context.nowMs());
    const error = set.metadata.deletionTimestamp === undefined ? await this.#apply(set, pods, plan) : undefined;
    await this.#writeStatus(set, plan, error);
    if (error !== undefined) throw error;
    return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
  }

  /** Answers why not all could be done. */
  async #apply(set: Shared<ReplicaSet>, pods: readonly Shared<Pod>[], plan: ReplicaSetPlan): Promise<unknown> {
    const template = set.spec?.template ?? {};
    const created = await slowStart(plan.create, () =>
      this.#control.create(set, podFromTemplate(set, this.#kind, template)),
    );
    if (created.error !== undefined) return isNamespaceGoing(created.error) ? undefined : created.error;
    const named = new Set(plan.remove);
    const removed = await Promise.allSettled(
      pods.filter(({ metadata }) => named.has(metadata.name ?? '')).map((pod) => this.#control.delete(set, pod)),
    );
    return removed.find((result) => result.status === 'rejected')?.reason;
  }

  async #writeStatus(set: Shared<ReplicaSet>, plan: ReplicaSetPlan, error: unknown): Promise<void> {
    const old = set.status?.conditions;
    const reason = plan.create > 0 ? 'FailedCreate' : 'FailedDelete';
    const failure = { type: 'ReplicaFailure', status: 'True', reason, message: errorMessage(error) };
    const conditions =
      error === undefined
        ? withoutCondition(old, 'ReplicaFailure')
        : withCondition(old, failure, this.#context.nowMs());
    await updateStatus(this.#context.client, this.#kind.resource, set, { ...plan.status, conditions });
  }

  /** Pods of this set and of its siblings, by node: where there are many, one is missed least. */
  #crowd(set: Shared<ReplicaSet>): Map<string, number> {
    const owner = controllerOf(set)?.uid;
    const siblings =
      owner === undefined
        ? [set]
        : inNamespace(this.#sets, set.metadata.namespace).filter((other) => controllerOf(other)?.uid === owner);
    const crowd = new Map<string, number>();
    for (const pod of siblings.flatMap((sibling) => controlledBy(this.#pods, sibling))) {
      const node = pod.spec?.nodeName ?? '';
      if (isActive(pod)) crowd.set(node, (crowd.get(node) ?? 0) + 1);
    }
    return crowd;
  }
}
