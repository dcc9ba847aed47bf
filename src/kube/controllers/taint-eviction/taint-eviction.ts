import { isStatusError, type KubeObject, type Shared } from '#kube/api';
import { formatTime, semanticEqual } from '#kube/api/values';
import { keyOf, type ReconcileResult, splitKey } from '#kube/client';
import { EventRecorder, Loop, NODES, PODS, type Pod } from '../common/mod.ts';
import type { Controller, ControllerContext } from '../contract.ts';
import { BY_NODE, type Node } from '../node-lifecycle/mod.ts';
import { evictAtMs } from './plan.ts';

/** Deletes pods that do not bear the taints of their node, or no longer. */
export const taintEviction: Controller = {
  name: 'node-controller',
  start(context) {
    const { client, informers, nowMs } = context;
    const recorder = new EventRecorder(client, 'taint-eviction-controller', nowMs);
    const nodes = informers.of<Node>(NODES);
    const pods = informers.of<Pod>(PODS).addIndex(BY_NODE, ({ spec }) => (spec?.nodeName ? [spec.nodeName] : []));
    const loop = new Loop({
      name: 'taint-eviction-controller',
      reconcile: async (key): Promise<ReconcileResult | undefined> => {
        const pod = pods.get(key);
        const taints = nodes.get(pod?.spec?.nodeName ?? '')?.spec?.taints ?? [];
        const atMs = pod === undefined ? undefined : evictAtMs(pod, taints, nowMs());
        if (pod === undefined || atMs === undefined) return undefined;
        if (atMs > nowMs()) return { requeueAfterMs: atMs - nowMs() };
        await evict(context, recorder, pod);
        return undefined;
      },
    });
    const isDriving = (node: Shared<Node> | undefined) =>
      node?.spec?.taints?.some(({ effect }) => effect === 'NoExecute') === true;
    const addPod = (pod: Shared<Pod>) => {
      if (isDriving(nodes.get(pod.spec?.nodeName ?? ''))) loop.add(keyOf(pod as KubeObject));
    };
    const addPodsOf = (node: Shared<Node>) => {
      for (const pod of pods.byIndex(BY_NODE, node.metadata.name ?? '')) loop.add(keyOf(pod as KubeObject));
    };
    loop.handle(pods, { onAdd: addPod, onUpdate: addPod });
    loop.handle(nodes, {
      onAdd: (node) => {
        if (isDriving(node)) addPodsOf(node);
      },
      onUpdate: (node, old) => {
        if (isDriving(node) && !semanticEqual(node.spec?.taints, old.spec?.taints)) addPodsOf(node);
      },
    });
    return loop.begin();
  },
};

async function evict({ client, nowMs }: ControllerContext, recorder: EventRecorder, pod: Shared<Pod>): Promise<void> {
  const key = keyOf(pod as KubeObject);
  const { uid } = pod.metadata;
  recorder.note(pod, { type: 'Normal', reason: 'TaintManagerEviction', message: `Marking for deletion Pod ${key}` });
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastTransitionTime: formatTime(nowMs()),
  };
  try {
    const body = { metadata: { uid }, status: { conditions: [condition] } };
    await client.patch(PODS, splitKey(key), { type: 'strategic', body }, { subresource: 'status' });
    await client.delete(PODS, splitKey(key), uid === undefined ? {} : { preconditions: { uid } });
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error;
  }
}
