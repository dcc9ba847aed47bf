import type { KubeObject, Shared } from '#kube/api';
import { semanticEqual } from '#kube/api/values';
import { keyOf } from '#kube/client';
import {
  CONTROLLER_REVISIONS,
  type ControllerRevision,
  DAEMON_SETS,
  followChildren,
  Loop,
  NODES,
  PODS,
  type Pod,
} from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import { DAEMON_SET, DaemonSetReconciler } from './reconciler.ts';
import type { DaemonSet, Node } from './types.ts';

/** Runs one pod on each node. */
export const daemonSetController: Controller = {
  name: 'daemon-set-controller',
  start: (context) => {
    const { informers } = context;
    const reconciler = new DaemonSetReconciler(context);
    const loop = new Loop({ name: 'daemon-set-controller', reconcile: (key) => reconciler.reconcile(key) });
    const owners = loop.owns(informers.of<DaemonSet>(DAEMON_SETS));
    followChildren({ loop, kind: DAEMON_SET, owners, children: informers.of<Pod>(PODS) });
    const revisions = informers.of<ControllerRevision>(CONTROLLER_REVISIONS);
    followChildren({ loop, kind: DAEMON_SET, owners, children: revisions });
    const wakeAll = () => {
      for (const set of owners.list()) loop.add(keyOf(set as KubeObject));
    };
    loop.handle(informers.of<Node>(NODES), {
      onAdd: wakeAll,
      // Nodes give a sign of life every few seconds: that changes nothing here.
      onUpdate: (node, old) => {
        if (!sameToPods(node, old)) wakeAll();
      },
      onDelete: wakeAll,
    });
    return loop.begin();
  },
};

function sameToPods(node: Shared<Node>, old: Shared<Node>): boolean {
  return semanticEqual(node.metadata.labels, old.metadata.labels) && semanticEqual(node.spec?.taints, old.spec?.taints);
}
