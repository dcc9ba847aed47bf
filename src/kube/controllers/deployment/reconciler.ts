import { errorMessage } from '#base';
import { isStatusError, type LabelSelector, type Shared } from '#kube/api';
import type { Informer, ReconcileResult } from '#kube/client';
import {
  claimChildren,
  controlledBy,
  DEPLOYMENTS,
  EventRecorder,
  Expectations,
  isControlledBy,
  isNamespaceGoing,
  isOver,
  LOOK_AGAIN,
  matcherOf,
  type OwnerKind,
  PODS,
  type Pod,
  REPLICA_SETS,
  updateStatus,
} from '../common/mod.ts';
import type { ControllerContext } from '../contract.ts';
import type { ReplicaSet } from '../replicaset/mod.ts';
import { progressing, REASON, setCondition } from './conditions.ts';
import { limitsOf } from './limits.ts';
import { newReplicaSet } from './new-set.ts';
import { type DeploymentPlan, planDeployment, type SetChange } from './plan.ts';
import { generationsOf, REVISION, sameTemplate } from './revisions.ts';
import { sizeOf } from './sizes.ts';
import type { FinalStatus } from './status.ts';
import type { Deployment } from './types.ts';

/** How Deployments own ReplicaSets. */
export const DEPLOYMENT: OwnerKind<Deployment> = {
  resource: DEPLOYMENTS,
  kind: 'Deployment',
  selector: ({ spec }) => (isEmptySelector(spec?.selector) ? undefined : matcherOf(spec?.selector)),
};

/** An empty selector would take every ReplicaSet of the namespace. */
function isEmptySelector({ matchLabels = {}, matchExpressions = [] }: Shared<LabelSelector> = {}): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}

/** Rolls Deployments out, one step a reconcile. */
export class DeploymentReconciler {
  readonly #context: ControllerContext;
  readonly #deployments: Informer<Deployment>;
  readonly #sets: Informer<ReplicaSet>;
  readonly #pods: Informer<Pod>;
  readonly #expectations: Expectations<ReplicaSet>;
  readonly #events: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#deployments = context.informers.of<Deployment>(DEPLOYMENTS);
    this.#sets = context.informers.of<ReplicaSet>(REPLICA_SETS);
    this.#pods = context.informers.of<Pod>(PODS);
    this.#expectations = new Expectations(this.#sets);
    this.#events = new EventRecorder(context.client, 'deployment-controller', context.nowMs);
  }

  /** Takes the next step of one deployment. */
  async reconcile(key: string): Promise<ReconcileResult | undefined> {
    const deployment = this.#deployments.get(key);
    if (deployment === undefined) {
      this.#expectations.forget(key);
      return undefined;
    }
    if (!this.#expectations.met(key)) return LOOK_AGAIN;
    const sets = await claimChildren(deployment, {
      client: this.#context.client,
      kind: DEPLOYMENT,
      children: this.#sets,
      childResource: REPLICA_SETS,
    });
    const plan = planDeployment(
      deployment,
      { sets, oldPodsRun: this.#oldPodsRun(deployment, sets) },
      this.#context.nowMs(),
    );
    await this.#apply(key, deployment, sets, plan);
    return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
  }

  #oldPodsRun(deployment: Shared<Deployment>, sets: readonly Shared<ReplicaSet>[]): boolean {
    return generationsOf(deployment, sets).old.some((set) => controlledBy(this.#pods, set).some((pod) => !isOver(pod)));
  }

  async #apply(
    key: string,
    deployment: Shared<Deployment>,
    sets: readonly Shared<ReplicaSet>[],
    plan: DeploymentPlan,
  ): Promise<void> {
    for (const change of plan.change) {
      const set = sets.find(({ metadata }) => metadata.name === change.name);
      if (set !== undefined) await this.#change(key, deployment, set, change);
    }
    if (plan.create !== undefined && !(await this.#create(key, deployment, plan, plan.create))) return;
    for (const name of plan.remove) await this.#remove(key, sets, name);
    await this.#writeStatus(deployment, plan.status, plan.revision);
  }

  async #change(
    key: string,
    deployment: Shared<Deployment>,
    set: Shared<ReplicaSet>,
    { replicas, minReadySeconds, annotations }: SetChange,
  ): Promise<void> {
    const { name = '', namespace, resourceVersion } = set.metadata;
    const body = {
      metadata: { resourceVersion, ...(annotations === undefined ? {} : { annotations }) },
      spec: {
        ...(replicas === undefined ? {} : { replicas }),
        ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      },
    };
    const { client } = this.#context;
    this.#expectations.wrote(key, await client.patch(REPLICA_SETS, { name, namespace }, { type: 'merge', body }));
    if (replicas !== undefined) this.#noteScaled(deployment, name, sizeOf(set), replicas);
  }

  /** Answers whether the rest of the plan still holds. */
  async #create(
    key: string,
    deployment: Shared<Deployment>,
    plan: DeploymentPlan,
    { replicas, revision }: NonNullable<DeploymentPlan['create']>,
  ): Promise<boolean> {
    const set = newReplicaSet(deployment, DEPLOYMENT, { replicas, revision, limits: limitsOf(deployment) });
    try {
      this.#expectations.wrote(key, await this.#context.client.create(REPLICA_SETS, set));
    } catch (error) {
      if (isStatusError(error, 'AlreadyExists')) return this.#collided(key, deployment, set);
      if (isNamespaceGoing(error)) return false;
      await this.#createFailed(deployment, plan, set, error);
      throw error;
    }
    if (replicas > 0) this.#noteScaled(deployment, set.metadata.name ?? '', 0, replicas);
    return true;
  }

  /**
   * The name is taken: by our own set that the informer doesn't show yet, or by another, and then the next hash has
   * another name.
   */
  async #collided(key: string, deployment: Shared<Deployment>, set: ReplicaSet): Promise<boolean> {
    const { name = '', namespace } = set.metadata;
    const found = await this.#context.client.get<ReplicaSet>(REPLICA_SETS, { name, namespace });
    if (isControlledBy(found, deployment) && sameTemplate(found.spec?.template, deployment.spec?.template)) {
      this.#expectations.wrote(key, found);
      return false;
    }
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await updateStatus(this.#context.client, DEPLOYMENTS, deployment, { ...deployment.status, collisionCount });
    return false;
  }

  async #createFailed(
    deployment: Shared<Deployment>,
    plan: DeploymentPlan,
    set: ReplicaSet,
    error: unknown,
  ): Promise<void> {
    const message = `Failed to create new replica set "${set.metadata.name}": ${errorMessage(error)}`;
    this.#events.note(deployment, { type: 'Warning', reason: REASON.createError, message });
    const facts = progressing('False', REASON.createError, message);
    const conditions = setCondition(plan.status.conditions, facts, this.#context.nowMs());
    await this.#writeStatus(deployment, { ...plan.status, conditions }, undefined);
  }

  async #remove(key: string, sets: readonly Shared<ReplicaSet>[], name: string): Promise<void> {
    const set = sets.find(({ metadata }) => metadata.name === name);
    if (set === undefined) return;
    const { namespace, uid } = set.metadata;
    const preconditions = { uid };
    try {
      const held = await this.#context.client.delete(
        REPLICA_SETS,
        { name, namespace },
        { preconditions, propagationPolicy: 'Background' },
      );
      if (held === undefined) this.#expectations.removed(key, set);
      else this.#expectations.wrote(key, held);
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }

  /** The revision goes with the status, as upstream writes it: in one update. */
  async #writeStatus(deployment: Shared<Deployment>, status: FinalStatus, revision: number | undefined): Promise<void> {
    const { metadata } = deployment;
    const has = metadata.annotations?.[REVISION];
    if (revision === undefined || has === String(revision)) {
      await updateStatus(this.#context.client, DEPLOYMENTS, deployment, status);
      return;
    }
    const annotations = { ...metadata.annotations, [REVISION]: String(revision) };
    const next = { ...deployment, metadata: { ...metadata, annotations }, status } as unknown as Deployment;
    await this.#context.client.update(DEPLOYMENTS, next, { subresource: 'status' });
  }

  #noteScaled(deployment: Shared<Deployment>, name: string, from: number, to: number): void {
    const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`;
    this.#events.note(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message });
  }
}
