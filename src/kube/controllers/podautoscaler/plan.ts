import type { Shared } from '#kube/api';
import { formatTime } from '#kube/api/values';
import { type EventNote, type StatusCondition, withCondition } from '../common/mod.ts';
import { type Limited, limit, type ScaleHistory, stabilize } from './behavior.ts';
import type { Proposal } from './proposal.ts';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerStatus } from './types.ts';

/** What is known of what is scaled. */
export interface AutoscalerState {
  /** Replicas that the target is to have now, and that it has. */
  readonly specReplicas: number;
  readonly statusReplicas: number;
  /** What each metric asks for; `failures` say why others ask for nothing. */
  readonly proposals: readonly Proposal[];
  readonly failures: readonly { readonly reason: string; readonly message: string }[];
  readonly history: ScaleHistory;
}

/** What to do about the target. */
export interface AutoscalerPlan {
  readonly scaleTo?: number;
  /** What was recommended before it was limited; undefined when nothing was. */
  readonly recommended?: number;
  readonly status: Shared<HorizontalPodAutoscalerStatus>;
  readonly notes: readonly EventNote[];
}

/** As many replicas as the metric that asks for most, within bounds and not too fast. Pure. */
export function planAutoscaler(
  scaler: Shared<HorizontalPodAutoscaler>,
  state: AutoscalerState,
  nowMs: number,
): AutoscalerPlan {
  const { specReplicas } = state;
  const { minReplicas = 1, maxReplicas = 1 } = scaler.spec ?? {};
  const board = new Conditions(scaler, nowMs);
  board.set(
    'AbleToScale',
    'True',
    'SucceededGetScale',
    "the HPA controller was able to get the target's current scale",
  );
  if (specReplicas === 0 && minReplicas !== 0) {
    board.set(
      'ScalingActive',
      'False',
      'ScalingDisabled',
      'scaling is disabled since the replica count of the target is zero',
    );
    return unchanged(scaler, state, board, []);
  }
  if (specReplicas > maxReplicas)
    return moved(scaler, state, board, maxReplicas, 'Current number of replicas above Spec.MaxReplicas', nowMs);
  if (specReplicas < minReplicas)
    return moved(scaler, state, board, minReplicas, 'Current number of replicas below Spec.MinReplicas', nowMs);
  const highest = highestOf(state.proposals);
  const [failure] = state.failures;
  // Where a metric is unknown it might ask for more: nothing shrinks then.
  if (highest === undefined || (failure !== undefined && highest.replicas < specReplicas)) {
    return unknown(scaler, state, board, failure);
  }
  board.set(
    'ScalingActive',
    'True',
    'ValidMetricFound',
    `the HPA was able to successfully calculate a replica count from ${highest.name}`,
  );
  const stable = stabilizeAs(scaler, state, board, highest.replicas, nowMs);
  const limited = limit(scaler, specReplicas, stable, state.history, nowMs);
  sayLimited(board, limited);
  const direction = limited.replicas > specReplicas ? `${highest.name} above target` : 'All metrics below target';
  const plan =
    limited.replicas === specReplicas
      ? unchanged(scaler, state, board, [])
      : moved(scaler, state, board, limited.replicas, direction, nowMs);
  return { ...plan, recommended: highest.replicas };
}

function highestOf(proposals: readonly Proposal[]): Proposal | undefined {
  return proposals.reduce<Proposal | undefined>(
    (best, next) => (best === undefined || next.replicas > best.replicas ? next : best),
    undefined,
  );
}

function unknown(
  scaler: Shared<HorizontalPodAutoscaler>,
  state: AutoscalerState,
  board: Conditions,
  failure: AutoscalerState['failures'][number] = { reason: 'InvalidMetricSourceType', message: 'no metric is given' },
): AutoscalerPlan {
  const { reason, message } = failure;
  board.set('ScalingActive', 'False', reason, `the HPA was unable to compute the replica count: ${message}`);
  const [bad, all] = [state.failures.length, state.failures.length + state.proposals.length];
  const summary = `invalid metrics (${bad} invalid out of ${all}), first error is: ${message}`;
  return unchanged(scaler, state, board, [
    { type: 'Warning', reason, message },
    { type: 'Warning', reason: 'FailedComputeMetricsReplicas', message: summary },
  ]);
}

function stabilizeAs(
  scaler: Shared<HorizontalPodAutoscaler>,
  { specReplicas, history }: AutoscalerState,
  board: Conditions,
  wanted: number,
  nowMs: number,
): number {
  const stable = stabilize(scaler, specReplicas, wanted, history, nowMs);
  if (stable === wanted) {
    board.set('AbleToScale', 'True', 'ReadyForNewScale', 'recommended size matches current size');
  } else if (wanted < stable) {
    board.set(
      'AbleToScale',
      'True',
      'ScaleDownStabilized',
      'recent recommendations were higher than current one, applying the highest recent recommendation',
    );
  } else {
    board.set(
      'AbleToScale',
      'True',
      'ScaleUpStabilized',
      'recent recommendations were lower than current one, applying the lowest recent recommendation',
    );
  }
  return stable;
}

function sayLimited(board: Conditions, { limited, reason, message }: Limited): void {
  board.set('ScalingLimited', limited ? 'True' : 'False', reason, message);
}

function moved(
  scaler: Shared<HorizontalPodAutoscaler>,
  state: AutoscalerState,
  board: Conditions,
  replicas: number,
  why: string,
  nowMs: number,
): AutoscalerPlan {
  board.set(
    'AbleToScale',
    'True',
    'SucceededRescale',
    `the HPA controller was able to update the target scale to ${replicas}`,
  );
  const message = `New size: ${replicas}; reason: ${why}`;
  const status = statusOf(scaler, state, board, replicas);
  return {
    scaleTo: replicas,
    status: { ...status, lastScaleTime: formatTime(nowMs) },
    notes: [{ type: 'Normal', reason: 'SuccessfulRescale', message }],
  };
}

function unchanged(
  scaler: Shared<HorizontalPodAutoscaler>,
  state: AutoscalerState,
  board: Conditions,
  notes: readonly EventNote[],
): AutoscalerPlan {
  return { status: statusOf(scaler, state, board, state.specReplicas), notes };
}

function statusOf(
  scaler: Shared<HorizontalPodAutoscaler>,
  { statusReplicas, proposals }: AutoscalerState,
  board: Conditions,
  desiredReplicas: number,
): Shared<HorizontalPodAutoscalerStatus> {
  const { generation } = scaler.metadata;
  return {
    ...scaler.status,
    // Autoscalers count generations in some versions of the API only.
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    currentReplicas: statusReplicas,
    desiredReplicas,
    currentMetrics: proposals.length === 0 ? null : proposals.map(({ status }) => status),
    conditions: board.list,
  };
}

/** The conditions as they come to be said. */
export class Conditions {
  list: readonly Shared<StatusCondition>[];
  readonly #nowMs: number;

  constructor({ status }: Shared<HorizontalPodAutoscaler>, nowMs: number) {
    this.list = status?.conditions ?? [];
    this.#nowMs = nowMs;
  }

  set(type: string, status: 'True' | 'False', reason: string, message: string): void {
    this.list = withCondition(this.list, { type, status, reason, message }, this.#nowMs);
  }
}
