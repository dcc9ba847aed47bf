import { followChildren, Loop, matcherOf, type OwnerKind, PODS, type Pod, REPLICA_SETS } from '../common/mod.ts';
import type { Controller, ControllerContext, RunningController } from '../contract.ts';
import { ReplicaSetReconciler } from './reconciler.ts';
import type { ReplicaSet } from './types.ts';

/** How ReplicaSets own pods. */
const REPLICA_SET: OwnerKind<ReplicaSet> = {
  resource: REPLICA_SETS,
  kind: 'ReplicaSet',
  selector: ({ spec }) => matcherOf(spec?.selector),
};

/** Keeps each ReplicaSet at its number of pods. */
export const replicaSetController: Controller = {
  name: 'replicaset-controller',
  start: (context) => startReplicas(context, REPLICA_SET, 'replicaset-controller'),
};

/** The same for whatever kind is like a ReplicaSet. */
export function startReplicas(
  context: ControllerContext,
  kind: OwnerKind<ReplicaSet>,
  name: string,
): RunningController {
  const reconciler = new ReplicaSetReconciler(context, kind, name);
  const loop = new Loop({ name, reconcile: (key) => reconciler.reconcile(key) });
  const owners = loop.owns(context.informers.of<ReplicaSet>(kind.resource));
  followChildren({ loop, kind, owners, children: context.informers.of<Pod>(PODS) });
  return loop.begin();
}
