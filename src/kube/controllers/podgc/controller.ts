import { isStatusError, type KubeObject, type Shared } from '#kube/api';
import { formatTime } from '#kube/api/values';
import { splitKey } from '#kube/client';
import { isOver, Loop, NODES, PODS, type Pod } from '../common/mod.ts';
import type { Controller, ControllerContext } from '../contract.ts';
import { type DoomedPod, planPodGc, QUARANTINE_MS } from './plan.ts';

const PERIOD_MS = 20_000;
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
/** There is one thing to reconcile: all pods. */
const ALL = 'pods';

interface Node extends KubeObject {
  spec?: { taints?: { key?: string }[] };
  status?: { conditions?: { type: string; status: string }[] };
}

/** Takes pods away that no node can. */
export const podGarbageCollector: Controller = {
  name: 'pod-garbage-collector',
  start: (context) => {
    const collector = new PodGarbageCollector(context);
    const loop = new Loop({ name: 'pod-garbage-collector', reconcile: () => collector.collect() });
    const nodes = loop.needs(context.informers.of<Node>(NODES));
    loop.handle(nodes, { onDelete: () => loop.add(ALL) });
    loop.handle(context.informers.of<Pod>(PODS), {
      onUpdate: (pod) => {
        const waits = pod.metadata.deletionTimestamp !== undefined && (pod.spec?.nodeName ?? '') === '';
        if (waits) loop.add(ALL);
      },
    });
    loop.add(ALL);
    return loop.begin();
  },
};

class PodGarbageCollector {
  readonly #context: ControllerContext;
  readonly #missingSinceMs = new Map<string, number>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  async collect(): Promise<{ requeueAfterMs: number }> {
    const { informers, nowMs } = this.#context;
    const pods = informers.of<Pod>(PODS).list();
    const all = informers.of<Node>(NODES).list();
    const nodes = new Set(all.map(({ metadata }) => metadata.name ?? ''));
    const lostNodes = new Set(all.filter(isLost).map(({ metadata }) => metadata.name ?? ''));
    this.#watchMissing(pods, nodes, nowMs());
    const doomed = planPodGc({ pods, nodes, lostNodes, missingSinceMs: this.#missingSinceMs }, nowMs());
    for (const pod of doomed) await this.#remove(pod);
    const waits = this.#missingSinceMs.size > 0;
    return { requeueAfterMs: waits ? Math.min(PERIOD_MS, QUARANTINE_MS / 4) : PERIOD_MS };
  }

  #watchMissing(pods: readonly Shared<Pod>[], nodes: ReadonlySet<string>, nowMs: number): void {
    const missing = new Set(
      pods.map(({ spec }) => spec?.nodeName ?? '').filter((name) => name !== '' && !nodes.has(name)),
    );
    for (const name of this.#missingSinceMs.keys()) if (!missing.has(name)) this.#missingSinceMs.delete(name);
    for (const name of missing) if (!this.#missingSinceMs.has(name)) this.#missingSinceMs.set(name, nowMs);
  }

  async #remove({ key, disruption }: DoomedPod): Promise<void> {
    const ref = splitKey(key);
    const pod = this.#context.informers.of<Pod>(PODS).get(key);
    const { client } = this.#context;
    try {
      if (disruption !== undefined && pod !== undefined && !isOver(pod)) {
        await client.patch(PODS, ref, { type: 'strategic', body: this.#failed(disruption) }, { subresource: 'status' });
      }
      await client.delete(PODS, ref, { gracePeriodSeconds: 0, preconditions: { uid: pod?.metadata.uid } });
    } catch (error) {
      if (!isStatusError(error, 'NotFound') && !isStatusError(error, 'Conflict')) throw error;
    }
  }

  #failed({ reason, message }: NonNullable<DoomedPod['disruption']>): Record<string, unknown> {
    const lastTransitionTime = formatTime(this.#context.nowMs());
    const condition = { type: 'DisruptionTarget', status: 'True', reason, message, lastTransitionTime };
    return { status: { phase: 'Failed', conditions: [condition] } };
  }
}

function isLost({ spec, status }: Shared<Node>): boolean {
  const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
  return !ready && spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) === true;
}
