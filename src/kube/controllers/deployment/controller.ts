import type { Shared } from '#kube/api';
import { keyOf } from '#kube/client';
import {
  controllerOf,
  DEPLOYMENTS,
  followChildren,
  isOver,
  Loop,
  PODS,
  type Pod,
  REPLICA_SETS,
} from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import type { ReplicaSet } from '../replicaset/mod.ts';
import { DEPLOYMENT, DeploymentReconciler } from './reconciler.ts';
import type { Deployment } from './types.ts';

/** Rolls out each Deployment by ReplicaSets, one a template. */
export const deploymentController: Controller = {
  name: 'deployment-controller',
  start: (context) => {
    const reconciler = new DeploymentReconciler(context);
    const loop = new Loop({ name: 'deployment-controller', reconcile: (key) => reconciler.reconcile(key) });
    const owners = loop.owns(context.informers.of<Deployment>(DEPLOYMENTS));
    const sets = context.informers.of<ReplicaSet>(REPLICA_SETS);
    followChildren({ loop, kind: DEPLOYMENT, owners, children: sets });
    // Recreate goes on when the last old pod is gone, which its ReplicaSet's status does not always tell.
    const podGone = (pod: Shared<Pod>) => {
      const { name = '' } = controllerOf(pod) ?? {};
      const { namespace } = pod.metadata;
      const set = sets.get(keyOf({ metadata: { name, namespace } }));
      const owner = set === undefined ? undefined : controllerOf(set);
      const key = keyOf({ metadata: { name: owner?.name, namespace } });
      if (owners.get(key)?.spec?.strategy?.type === 'Recreate') loop.add(key);
    };
    loop.handle(context.informers.of<Pod>(PODS), {
      onUpdate: (pod, old) => {
        if (isOver(pod) && !isOver(old)) podGone(pod);
      },
      onDelete: podGone,
    });
    return loop.begin();
  },
};
