import type { Shared } from '#kube/api';
import { formatTime, parseTime } from '#kube/api/values';
import { conditionOf, type EventNote, isReady, isTerminating, type Pod, scaledValue } from '../common/mod.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from './types.ts';

/** What is there of a budget. */
export interface BudgetState {
  /** The pods that it selects. */
  readonly pods: readonly Shared<Pod>[];
  /** Pods that their owners want together; undefined when an owner's size can't be found, for the reason given. */
  readonly expected: number | { readonly unknown: string };
}

/** What a budget's status is to say. */
export interface BudgetPlan {
  readonly status: Shared<PodDisruptionBudgetStatus>;
  readonly notes: readonly EventNote[];
  /** When a pod that was evicted and is still there counts again. */
  readonly requeueAfterMs?: number;
}

/** An evicted pod that does not go within this time is taken for one that stays. */
const DELETION_TIMEOUT_MS = 2 * 60_000;

/** How many pods may be evicted now: the healthy ones beyond those that must stay. Pure. */
export function planBudget(
  budget: Shared<PodDisruptionBudget>,
  { pods, expected }: BudgetState,
  nowMs: number,
): BudgetPlan {
  if (typeof expected !== 'number') return failSafe(budget, expected.unknown, nowMs);
  const { disruptedPods, notes, requeueAfterMs } = disrupted(budget, pods, nowMs);
  const { expectedPods, desiredHealthy } = desired(budget, pods.length, expected);
  const currentHealthy = pods.filter(
    (pod) => isReady(pod) && !isTerminating(pod) && !Object.hasOwn(disruptedPods, pod.metadata.name ?? ''),
  ).length;
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const [status, reason] = disruptionsAllowed > 0 ? ['True', 'SufficientPods'] : ['False', 'InsufficientPods'];
  return {
    status: {
      ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
      currentHealthy,
      desiredHealthy,
      expectedPods,
      disruptionsAllowed,
      observedGeneration: budget.metadata.generation,
      conditions: conditions(budget, status as string, reason as string, '', nowMs),
    },
    notes,
    ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }),
  };
}

/** While it isn't known how many there should be, nobody may be evicted. */
function failSafe(budget: Shared<PodDisruptionBudget>, why: string, nowMs: number): BudgetPlan {
  const { generation } = budget.metadata;
  const status = {
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
    ...budget.status,
    disruptionsAllowed: 0,
    observedGeneration: generation,
    conditions: conditions(budget, 'False', 'SyncFailed', why, nowMs),
  };
  const message = `Failed to calculate the number of expected pods: ${why}`;
  return { status, notes: [{ type: 'Warning', reason: 'CalculateExpectedPodCountFailed', message }] };
}

function desired({ spec }: Shared<PodDisruptionBudget>, count: number, scale: number) {
  if (spec?.maxUnavailable !== undefined) {
    const desiredHealthy = Math.max(0, scale - scaledValue(spec.maxUnavailable, scale, 'up'));
    return { expectedPods: scale, desiredHealthy };
  }
  const { minAvailable = 1 } = spec ?? {};
  if (typeof minAvailable === 'number') return { expectedPods: count, desiredHealthy: minAvailable };
  return { expectedPods: scale, desiredHealthy: scaledValue(minAvailable, scale, 'up') };
}

/** Pods that were evicted and have not been seen to go; after a while they are taken for staying. */
function disrupted({ status, metadata }: Shared<PodDisruptionBudget>, pods: readonly Shared<Pod>[], nowMs: number) {
  const disruptedPods: Record<string, string> = Object.create(null);
  const notes: EventNote[] = [];
  let requeueAfterMs: number | undefined;
  for (const pod of pods) {
    const { name = '' } = pod.metadata;
    const all = status?.disruptedPods ?? {};
    const at = Object.hasOwn(all, name) ? (all[name] ?? '') : '';
    const atMs = parseTime(at);
    if (atMs === undefined || isTerminating(pod)) continue;
    const leftMs = atMs + DELETION_TIMEOUT_MS - nowMs;
    if (leftMs <= 0) {
      const message = `Pod was expected by PDB ${metadata.namespace}/${metadata.name} to be deleted but it wasn't`;
      notes.push({ type: 'Warning', reason: 'NotDeleted', message });
      continue;
    }
    disruptedPods[name] = at;
    requeueAfterMs = Math.min(requeueAfterMs ?? leftMs, leftMs);
  }
  return { disruptedPods, notes, requeueAfterMs };
}

function conditions(
  { status, metadata }: Shared<PodDisruptionBudget>,
  value: string,
  reason: string,
  message: string,
  nowMs: number,
) {
  const type = 'DisruptionAllowed';
  const old = conditionOf(status?.conditions, type);
  const others = (status?.conditions ?? []).filter((condition) => condition.type !== type);
  const lastTransitionTime = old?.status === value ? old.lastTransitionTime : formatTime(nowMs);
  return [
    ...others,
    { type, status: value, reason, message, lastTransitionTime, observedGeneration: metadata.generation },
  ];
}
