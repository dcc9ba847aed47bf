import type { Shared } from '#kube/api';
import {
  availableInMs,
  createdMs,
  type EventNote,
  isAvailable,
  isOver,
  isReady,
  isTerminating,
  type Pod,
} from '../common/mod.ts';
import { daemonSpec, HASH_LABEL, targetNode } from './daemon-pod.ts';
import { type NodeFit, nodeFit } from './node-fit.ts';
import { planRoll } from './roll.ts';
import type { DaemonSet, DaemonSetStatus, Node } from './types.ts';

/** What is there of a set. */
export interface DaemonSetState {
  readonly nodes: readonly Shared<Node>[];
  /** The pods that are its own. */
  readonly pods: readonly Shared<Pod>[];
  /** The hash that pods of the present template carry. */
  readonly hash: string;
  /** Milliseconds until a pod that failed may be replaced on a node. */
  readonly failureWaitMs?: (node: string) => number;
}

/** What to do about a set. */
export interface DaemonSetPlan {
  /** Names of nodes that are to get a pod. */
  readonly create: readonly string[];
  /** Names of pods to delete. */
  readonly remove: readonly string[];
  /** Nodes whose failed pods are replaced: the next ones wait longer. */
  readonly failedOn: readonly string[];
  readonly notes: readonly EventNote[];
  readonly status: Omit<DaemonSetStatus, 'conditions' | 'collisionCount'>;
  readonly requeueAfterMs?: number;
}

/** A node, with the set's pods that are there or meant for it, the oldest first. */
export interface NodePods {
  readonly name: string;
  readonly fit: NodeFit;
  readonly pods: readonly Shared<Pod>[];
}

/** Pods that are made or deleted at a time. */
const BURST = 250;

/** One pod on each node where the template may run; then, when that is so, old pods give way to new ones. Pure. */
export function planDaemonSet(set: Shared<DaemonSet>, state: DaemonSetState, nowMs: number): DaemonSetPlan {
  const { nodes, pods, hash, failureWaitMs = () => 0 } = state;
  const { placed, lost } = place(set, nodes, pods);
  const isNew = (pod: Shared<Pod>) => pod.metadata.labels?.[HASH_LABEL] === hash;
  const available = (pod: Shared<Pod>) => isAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs);
  const moves = managed(placed, isNew, surges(set), failureWaitMs);
  const remove = [...lost.map(nameOf), ...moves.remove];
  const settled = moves.create.length + remove.length === 0;
  const rolls = settled && set.spec?.updateStrategy?.type !== 'OnDelete';
  const roll = rolls ? planRoll(set, placed, { isNew, available }) : { create: [], remove: [] };
  const waits = [availableInMs(pods, set.spec?.minReadySeconds ?? 0, nowMs), moves.waitMs];
  const known = waits.filter((inMs) => inMs !== undefined);
  return {
    create: [...moves.create, ...roll.create].slice(0, BURST),
    remove: [...remove, ...roll.remove].slice(0, BURST),
    failedOn: moves.failedOn,
    notes: moves.notes,
    status: { ...statusOf(placed, isNew, available), observedGeneration: set.metadata.generation },
    ...(known.length === 0 ? {} : { requeueAfterMs: Math.min(...known) }),
  };
}

function surges({ spec }: Shared<DaemonSet>): boolean {
  const { maxSurge = 0 } = spec?.updateStrategy?.rollingUpdate ?? {};
  return spec?.updateStrategy?.type !== 'OnDelete' && maxSurge !== 0 && maxSurge !== '0%';
}

/** Deals the pods out to their nodes. Lost are those that wait for a node that is gone. */
function place(set: Shared<DaemonSet>, nodes: readonly Shared<Node>[], pods: readonly Shared<Pod>[]) {
  const byNode = Map.groupBy(pods, targetNode);
  const spec = daemonSpec(set);
  const placed = nodes.map((node): NodePods => {
    const name = node.metadata.name ?? '';
    const here = [...(byNode.get(name) ?? [])].sort((a, b) => createdMs(a) - createdMs(b));
    byNode.delete(name);
    return { name, fit: nodeFit(spec, node), pods: here };
  });
  // Those that were on a node when it went are the pod garbage collector's.
  const lost = [...byNode.values()].flat().filter((pod) => (pod.spec?.nodeName ?? '') === '' && !isTerminating(pod));
  return { placed, lost };
}

/** Who is missing, and who is too many, failed, or where it may not be. */
function managed(
  placed: readonly NodePods[],
  isNew: (pod: Shared<Pod>) => boolean,
  surge: boolean,
  failureWaitMs: (node: string) => number,
) {
  const create: string[] = [];
  const remove: string[] = [];
  const notes: EventNote[] = [];
  const failedOn: string[] = [];
  let waitMs: number | undefined;
  for (const { name, fit, pods } of placed) {
    const alive = pods.filter((pod) => !isTerminating(pod));
    if (!fit.mayStay) remove.push(...alive.map(nameOf));
    else if (fit.mayRun && pods.length === 0) create.push(name);
    else {
      for (const pod of alive.filter(isOver)) {
        const failed = pod.status?.phase === 'Failed';
        const leftMs = failed ? failureWaitMs(name) : 0;
        if (leftMs > 0) {
          waitMs = Math.min(waitMs ?? leftMs, leftMs);
          continue;
        }
        if (failed) failedOn.push(name);
        remove.push(nameOf(pod));
        notes.push(endedNote(pod, name));
      }
      remove.push(
        ...doubled(
          alive.filter((pod) => !isOver(pod)),
          isNew,
          surge,
        ).map(nameOf),
      );
    }
  }
  return { create, remove, notes, failedOn, waitMs };
}

function endedNote(pod: Shared<Pod>, node: string): EventNote {
  const failed = pod.status?.phase === 'Failed';
  const what = failed ? 'failed' : 'succeeded';
  const verb = failed ? 'kill' : 'delete';
  const name = `${pod.metadata.namespace}/${nameOf(pod)}`;
  const message = `Found ${what} daemon pod ${name} on node ${node}, will try to ${verb} it`;
  return failed
    ? { type: 'Warning', reason: 'FailedDaemonPod', message }
    : { type: 'Normal', reason: 'SucceededDaemonPod', message };
}

/** All but the oldest; while a set surges, all but the oldest of the new and of the old template. */
function doubled(pods: readonly Shared<Pod>[], isNew: (pod: Shared<Pod>) => boolean, surge: boolean): Shared<Pod>[] {
  if (!surge) return pods.slice(1);
  return [...pods.filter(isNew).slice(1), ...pods.filter((pod) => !isNew(pod)).slice(1)];
}

function statusOf(
  placed: readonly NodePods[],
  isNew: (pod: Shared<Pod>) => boolean,
  available: (pod: Shared<Pod>) => boolean,
): DaemonSetPlan['status'] {
  const wanted = placed.filter(({ fit }) => fit.mayRun);
  // Of several pods on a node the oldest counts.
  const first = wanted.flatMap(({ pods }) => pods.slice(0, 1));
  const numberAvailable = first.filter((pod) => isReady(pod) && available(pod)).length;
  return {
    desiredNumberScheduled: wanted.length,
    currentNumberScheduled: first.length,
    numberMisscheduled: placed.filter(({ fit, pods }) => !fit.mayRun && pods.length > 0).length,
    numberReady: first.filter(isReady).length,
    updatedNumberScheduled: first.filter(isNew).length,
    numberAvailable,
    numberUnavailable: wanted.length - numberAvailable,
  };
}

function nameOf({ metadata }: Shared<Pod>): string {
  return metadata.name ?? '';
}
