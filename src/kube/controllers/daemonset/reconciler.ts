import type { Shared } from '#kube/api';
import type { Informer, ReconcileResult } from '#kube/client';
import {
  CONTROLLER_REVISIONS,
  type ControllerRevision,
  claimChildren,
  DAEMON_SETS,
  EventRecorder,
  Expectations,
  isNamespaceGoing,
  LOOK_AGAIN,
  matcherOf,
  NODES,
  type OwnerKind,
  PODS,
  type Pod,
  PodControl,
  RevisionKeeper,
  slowStart,
  surplusRevisions,
  updateStatus,
} from '../common/mod.ts';
import type { ControllerContext } from '../contract.ts';
import { daemonPod, HASH_LABEL } from './daemon-pod.ts';
import { FailureBackoff } from './failure-backoff.ts';
import { type DaemonSetPlan, planDaemonSet } from './plan.ts';
import type { DaemonSet, Node } from './types.ts';

/** How DaemonSets own pods. */
export const DAEMON_SET: OwnerKind<DaemonSet> = {
  resource: DAEMON_SETS,
  kind: 'DaemonSet',
  selector: ({ spec }) => matcherOf(spec?.selector),
};

/** Keeps one pod of each DaemonSet on each node that it fits. */
export class DaemonSetReconciler {
  readonly #context: ControllerContext;
  readonly #sets: Informer<DaemonSet>;
  readonly #pods: Informer<Pod>;
  readonly #seenPods: Expectations<Pod>;
  readonly #seenRevisions: Expectations<ControllerRevision>;
  readonly #revisions: RevisionKeeper<DaemonSet>;
  readonly #backoff = new FailureBackoff();
  readonly #events: EventRecorder;
  readonly #control: PodControl;

  constructor(context: ControllerContext) {
    const { client, informers } = context;
    this.#context = context;
    this.#sets = informers.of<DaemonSet>(DAEMON_SETS);
    this.#pods = informers.of<Pod>(PODS);
    const informer = informers.of<ControllerRevision>(CONTROLLER_REVISIONS);
    this.#seenPods = new Expectations(this.#pods);
    this.#seenRevisions = new Expectations(informer);
    const expectations = this.#seenRevisions;
    this.#revisions = new RevisionKeeper({ client, kind: DAEMON_SET, informer, expectations, hashLabel: HASH_LABEL });
    this.#events = new EventRecorder(client, 'daemonset-controller', context.nowMs);
    this.#control = new PodControl(client, this.#events, this.#seenPods);
  }

  /** Brings one set in line with the nodes. */
  async reconcile(key: string): Promise<ReconcileResult | undefined> {
    const set = this.#sets.get(key);
    if (set === undefined) {
      this.#seenPods.forget(key);
      this.#seenRevisions.forget(key);
      this.#backoff.forget(key);
      return undefined;
    }
    if (set.metadata.deletionTimestamp !== undefined) return undefined;
    if (!this.#seenPods.met(key) || !this.#seenRevisions.met(key)) return LOOK_AGAIN;
    const pods = await claimChildren(set, {
      client: this.#context.client,
      kind: DAEMON_SET,
      children: this.#pods,
      childResource: PODS,
    });
    const revision = await this.#revisions.current(key, set, () => this.#collided(set));
    if (revision === undefined) return undefined;
    const hash = revision.metadata.labels?.[HASH_LABEL] ?? '';
    const nodes = this.#context.informers.of<Node>(NODES).list();
    const nowMs = this.#context.nowMs();
    const failureWaitMs = (node: string) => this.#backoff.waitMs(key, node, nowMs);
    const plan = planDaemonSet(set, { nodes, pods, hash, failureWaitMs }, nowMs);
    for (const node of plan.failedOn) this.#backoff.replaced(key, node, nowMs);
    const error = await this.#apply(set, pods, plan, hash);
    await this.#writeStatus(set, plan);
    await this.#trim(key, set, pods, revision);
    if (error !== undefined) throw error;
    return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
  }

  async #collided(set: Shared<DaemonSet>): Promise<void> {
    const collisionCount = (set.status?.collisionCount ?? 0) + 1;
    await updateStatus(this.#context.client, DAEMON_SETS, set, { ...NO_COUNTS, ...set.status, collisionCount });
  }

  async #apply(
    set: Shared<DaemonSet>,
    pods: readonly Shared<Pod>[],
    plan: DaemonSetPlan,
    hash: string,
  ): Promise<unknown> {
    for (const note of plan.notes) this.#events.note(set, note);
    const { error } = await slowStart(plan.create.length, (at) =>
      this.#control.create(set, daemonPod(set, DAEMON_SET, plan.create[at] ?? '', hash)),
    );
    if (error !== undefined) return isNamespaceGoing(error) ? undefined : error;
    const named = new Set(plan.remove);
    const removed = await Promise.allSettled(
      pods.filter(({ metadata }) => named.has(metadata.name ?? '')).map((pod) => this.#control.delete(set, pod)),
    );
    return removed.find((result) => result.status === 'rejected')?.reason;
  }

  async #writeStatus(set: Shared<DaemonSet>, plan: DaemonSetPlan): Promise<void> {
    const { conditions, collisionCount } = set.status ?? {};
    await updateStatus(this.#context.client, DAEMON_SETS, set, {
      ...plan.status,
      ...(collisionCount === undefined ? {} : { collisionCount }),
      ...(conditions === undefined ? {} : { conditions }),
    });
  }

  async #trim(
    key: string,
    set: Shared<DaemonSet>,
    pods: readonly Shared<Pod>[],
    current: Shared<ControllerRevision>,
  ): Promise<void> {
    const hashes = new Set(pods.map(({ metadata }) => metadata.labels?.[HASH_LABEL]));
    const all = this.#revisions.of(set);
    const inUse = all.filter(({ metadata }) => hashes.has(metadata.labels?.[HASH_LABEL])).map(nameOf);
    const surplus = surplusRevisions(set, all, new Set([...inUse, nameOf(current)]));
    if (surplus.length > 0) await this.#revisions.remove(key, set, surplus);
  }
}

/** Fields that a status always has. */
const NO_COUNTS = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };

function nameOf({ metadata }: Shared<ControllerRevision>): string {
  return metadata.name ?? '';
}
