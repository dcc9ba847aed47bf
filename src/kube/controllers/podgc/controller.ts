import { isStatusError, type KubeObject, type Shared } from '#kube/api';
import { formatTime } from '#kube/api/values';
import { type Informer, splitKey } from '#kube/client';
import { isOver, Loop, NODES, PODS, type Pod } from '../common/mod.ts';
import type { Controller, ControllerContext } from '../contract.ts';
import { type DoomedPod, MAX_ENDED, planPodGc, QUARANTINE_MS } from './plan.ts';

const PERIOD_MS = 20_000;
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
/** There is one thing to reconcile: all pods. */
const ALL = 'pods';
/** Finds pods by their nodes, those that are over, and those that go and are on no node: of very many pods only few matter here. */
const BY_FATE = 'fate';
const ENDED = 'ended';
const GOING_NOWHERE = 'going, on no node';
const ON_NODE = 'on ';

interface Node extends KubeObject {
  spec?: { taints?: { key?: string }[] };
  status?: { conditions?: { type: string; status: string }[] };
}

/** Takes pods away that no node can. */
export const podGarbageCollector: Controller = {
  name: 'pod-garbage-collector',
  start: (context) => {
    const pods = context.informers.of<Pod>(PODS).addIndex(BY_FATE, fateOf);
    const collector = new PodGarbageCollector(context, pods);
    const loop = new Loop({ name: 'pod-garbage-collector', reconcile: () => collector.collect() });
    const nodes = loop.needs(context.informers.of<Node>(NODES));
    loop.handle(nodes, { onDelete: () => loop.add(ALL) });
    loop.handle(pods, {
      onUpdate: (pod) => {
        if (isGoingNowhere(pod)) loop.add(ALL);
      },
    });
    loop.add(ALL);
    return loop.begin();
  },
};

class PodGarbageCollector {
  readonly #context: ControllerContext;
  readonly #pods: Informer<Pod>;
  readonly #missingSinceMs = new Map<string, number>();

  constructor(context: ControllerContext, pods: Informer<Pod>) {
    this.#context = context;
    this.#pods = pods;
  }

  async collect(): Promise<{ requeueAfterMs: number }> {
    const { informers, nowMs } = this.#context;
    const all = informers.of<Node>(NODES).list();
    const nodes = new Set(all.map(({ metadata }) => metadata.name ?? ''));
    const lostNodes = new Set(all.filter(isLost).map(({ metadata }) => metadata.name ?? ''));
    this.#watchMissing(nodes, nowMs());
    const pods = this.#candidates(new Set([...this.#missingSinceMs.keys(), ...lostNodes]));
    const doomed = planPodGc({ pods, nodes, lostNodes, missingSinceMs: this.#missingSinceMs }, nowMs());
    for (const pod of doomed) await this.#remove(pod);
    const waits = this.#missingSinceMs.size > 0;
    return { requeueAfterMs: waits ? Math.min(PERIOD_MS, QUARANTINE_MS / 4) : PERIOD_MS };
  }

  #watchMissing(nodes: ReadonlySet<string>, nowMs: number): void {
    const used = [...this.#pods.valuesOf(BY_FATE).keys()].filter((value) => value.startsWith(ON_NODE));
    const missing = new Set(used.map((value) => value.slice(ON_NODE.length)).filter((name) => !nodes.has(name)));
    for (const name of this.#missingSinceMs.keys()) if (!missing.has(name)) this.#missingSinceMs.delete(name);
    for (const name of missing) if (!this.#missingSinceMs.has(name)) this.#missingSinceMs.set(name, nowMs);
  }

  /** Pods that may be doomed: those of doubtful nodes, those that go and are nowhere, and those that are over if they are too many. */
  #candidates(doubtful: ReadonlySet<string>): Shared<Pod>[] {
    const isTooMany = (this.#pods.valuesOf(BY_FATE).get(ENDED)?.size ?? 0) > MAX_ENDED;
    const fates = [...[...doubtful].map((node) => ON_NODE + node), GOING_NOWHERE, ...(isTooMany ? [ENDED] : [])];
    const found = fates.flatMap((fate) => this.#pods.byIndex(BY_FATE, fate));
    return [...new Map(found.map((pod) => [pod.metadata.uid, pod])).values()];
  }

  async #remove({ key, disruption }: DoomedPod): Promise<void> {
    const ref = splitKey(key);
    const pod = this.#pods.get(key);
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

function fateOf(pod: Shared<Pod>): string[] {
  const node = pod.spec?.nodeName ?? '';
  const fates = node === '' ? [] : [ON_NODE + node];
  if (isGoingNowhere(pod)) fates.push(GOING_NOWHERE);
  if (isOver(pod)) fates.push(ENDED);
  return fates;
}

function isGoingNowhere({ metadata, spec }: Shared<Pod>): boolean {
  return metadata.deletionTimestamp !== undefined && (spec?.nodeName ?? '') === '';
}

function isLost({ spec, status }: Shared<Node>): boolean {
  const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
  return !ready && spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) === true;
}
