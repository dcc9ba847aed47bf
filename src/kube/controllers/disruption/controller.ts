import { type KubeObject, matchesLabels, type Shared } from '#kube/api';
import { keyOf, type ReconcileResult } from '#kube/client';
import {
  DEPLOYMENTS,
  DISRUPTION_BUDGETS,
  definitionsOf,
  EventRecorder,
  indexByNamespace,
  inNamespace,
  Loop,
  matcherOf,
  PODS,
  type Pod,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  STATEFUL_SETS,
  updateStatus,
} from '../common/mod.ts';
import type { Controller, ControllerContext } from '../contract.ts';
import { expectedScale } from './expected-scale.ts';
import { planBudget } from './plan.ts';
import type { PodDisruptionBudget } from './types.ts';

/** Says how many pods of each budget may be evicted now. */
export const disruptionController: Controller = {
  name: 'disruption-controller',
  start: (context) => {
    const { informers } = context;
    const events = new EventRecorder(context.client, 'controllermanager', context.nowMs);
    const reconcile = (key: string) => reconcileBudget(context, events, key);
    const loop = new Loop({ name: 'disruption-controller', reconcile });
    const budgets = indexByNamespace(loop.owns(informers.of<PodDisruptionBudget>(DISRUPTION_BUDGETS)));
    const wake = (pod: Shared<Pod>) => {
      for (const budget of inNamespace(budgets, pod.metadata.namespace)) {
        if (selects(budget, pod)) loop.add(keyOf(budget as KubeObject));
      }
    };
    loop.handle(indexByNamespace(informers.of<Pod>(PODS)), {
      onAdd: wake,
      onUpdate: (pod, old) => {
        wake(pod);
        wake(old);
      },
      onDelete: wake,
    });
    loop.needs(definitionsOf(informers));
    followScales(loop, context);
    return loop.begin();
  },
};

/** How many there should be changes with the owners' sizes. */
function followScales(loop: Loop, { informers }: ControllerContext): void {
  const budgets = informers.of<PodDisruptionBudget>(DISRUPTION_BUDGETS);
  for (const resource of [DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS, REPLICATION_CONTROLLERS]) {
    loop.handle(informers.of<Scaled>(resource), {
      onUpdate: (owner, old) => {
        if (owner.spec?.replicas === old.spec?.replicas) return;
        for (const budget of inNamespace(budgets, owner.metadata.namespace)) loop.add(keyOf(budget as KubeObject));
      },
    });
  }
}

interface Scaled extends KubeObject {
  spec?: { replicas?: number };
}

async function reconcileBudget(
  { client, informers, nowMs }: ControllerContext,
  events: EventRecorder,
  key: string,
): Promise<ReconcileResult | undefined> {
  const budget = informers.of<PodDisruptionBudget>(DISRUPTION_BUDGETS).get(key);
  if (budget === undefined) return undefined;
  const selector = matcherOf(budget.spec?.selector);
  const { namespace } = budget.metadata;
  const pods = selector === undefined ? [] : inNamespace(informers.of<Pod>(PODS), namespace, selector);
  const expected = await expectedScale(pods, informers, client);
  const plan = planBudget(budget, { pods, expected }, nowMs());
  for (const note of plan.notes) events.note(budget, note);
  await updateStatus(client, DISRUPTION_BUDGETS, budget, plan.status);
  return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
}

function selects({ spec }: Shared<PodDisruptionBudget>, pod: Shared<Pod>): boolean {
  const matcher = matcherOf(spec?.selector);
  return matcher !== undefined && matchesLabels(matcher, pod.metadata.labels);
}
