import {
  CLAIMS,
  CONTROLLER_REVISIONS,
  type ControllerRevision,
  followChildren,
  Loop,
  PODS,
  type Pod,
  STATEFUL_SETS,
} from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import { STATEFUL_SET, StatefulSetReconciler } from './reconciler.ts';
import type { StatefulSet } from './types.ts';

/** Keeps pods that have names, places in an order, and claims of their own. */
export const statefulSetController: Controller = {
  name: 'statefulset-controller',
  start: (context) => {
    const { informers } = context;
    const reconciler = new StatefulSetReconciler(context);
    const loop = new Loop({ name: 'statefulset-controller', reconcile: (key) => reconciler.reconcile(key) });
    const owners = loop.owns(informers.of<StatefulSet>(STATEFUL_SETS));
    followChildren({ loop, kind: STATEFUL_SET, owners, children: informers.of<Pod>(PODS) });
    const revisions = informers.of<ControllerRevision>(CONTROLLER_REVISIONS);
    followChildren({ loop, kind: STATEFUL_SET, owners, children: revisions });
    loop.needs(informers.of(CLAIMS));
    return loop.begin();
  },
};
