import { errorMessage } from '#base';
import { type GroupVersionResource, parseLabelSelector, type Shared } from '#kube/api';
import { parseQuantity } from '#kube/api/values';
import { type ReconcileResult, splitKey } from '#kube/client';
import {
  AUTOSCALERS,
  EventRecorder,
  Expectations,
  inNamespace,
  LOOK_AGAIN,
  PODS,
  type Pod,
  readScale,
  type ScaleFacts,
  scaleResource,
  updateStatus,
  writeScale,
} from '../common/mod.ts';
import type { ControllerContext } from '../contract.ts';
import { HISTORY_MS, type ScaleHistory } from './behavior.ts';
import type { MetricsSource, Usage } from './metrics.ts';
import { type AutoscalerPlan, type AutoscalerState, Conditions, planAutoscaler } from './plan.ts';
import { MetricError, type Proposal, propose, resourceTarget } from './proposal.ts';
import type { HorizontalPodAutoscaler, MetricSpec } from './types.ts';

/** Measurements come now and then: nothing tells when they change. */
const PERIOD_MS = 15_000;
const TOLERANCE = 0.1;

/** Scales targets by what their pods use. */
export class AutoscalerReconciler {
  readonly #context: ControllerContext;
  readonly #metrics: MetricsSource;
  readonly #events: EventRecorder;
  readonly #seen: Expectations<HorizontalPodAutoscaler>;
  readonly #histories = new Map<string, ScaleHistory>();

  constructor(context: ControllerContext, metrics: MetricsSource) {
    this.#context = context;
    this.#metrics = metrics;
    this.#events = new EventRecorder(context.client, 'horizontal-pod-autoscaler', context.nowMs);
    this.#seen = new Expectations(context.informers.of<HorizontalPodAutoscaler>(AUTOSCALERS));
  }

  /** Looks at one autoscaler and its target. */
  async reconcile(key: string): Promise<ReconcileResult | undefined> {
    const scaler = this.#context.informers.of<HorizontalPodAutoscaler>(AUTOSCALERS).get(key);
    if (scaler === undefined) {
      this.#histories.delete(key);
      this.#seen.forget(key);
      return undefined;
    }
    if (scaler.metadata.deletionTimestamp !== undefined) return undefined;
    if (!this.#seen.met(key)) return LOOK_AGAIN;
    const { namespace } = splitKey(key);
    const ref = { namespace, name: scaler.spec?.scaleTargetRef?.name ?? '' };
    const resource = this.#resourceOf(scaler);
    const scale = resource === undefined ? undefined : await readScale(this.#context.client, resource, ref);
    if (resource === undefined || scale === undefined) await this.#noScale(key, scaler);
    else await this.#scale(key, scaler, resource, ref, scale);
    return { requeueAfterMs: PERIOD_MS };
  }

  #resourceOf({ spec }: Shared<HorizontalPodAutoscaler>): GroupVersionResource | undefined {
    const { apiVersion = '', kind = '' } = spec?.scaleTargetRef ?? {};
    return scaleResource(this.#context.informers, apiVersion, kind);
  }

  async #noScale(key: string, scaler: Shared<HorizontalPodAutoscaler>): Promise<void> {
    const { kind, name } = scaler.spec?.scaleTargetRef ?? {};
    const why = `${kind} "${name}" not found, or it can't be scaled`;
    this.#events.note(scaler, { type: 'Warning', reason: 'FailedGetScale', message: why });
    const board = new Conditions(scaler, this.#context.nowMs());
    board.set(
      'AbleToScale',
      'False',
      'FailedGetScale',
      `the HPA controller was unable to get the target's current scale: ${why}`,
    );
    const { currentReplicas = 0, desiredReplicas = 0, currentMetrics = null } = scaler.status ?? {};
    const status = { ...scaler.status, currentReplicas, desiredReplicas, currentMetrics, conditions: board.list };
    this.#seen.wrote(key, await updateStatus(this.#context.client, AUTOSCALERS, scaler, status));
  }

  async #scale(
    key: string,
    scaler: Shared<HorizontalPodAutoscaler>,
    resource: GroupVersionResource,
    ref: { readonly namespace: string; readonly name: string },
    scale: ScaleFacts,
  ): Promise<void> {
    const nowMs = this.#context.nowMs();
    const history = this.#histories.get(key) ?? { recommendations: [], changes: [] };
    const measured = await this.#measure(scaler, scale, ref.namespace);
    const state = { specReplicas: scale.replicas, statusReplicas: scale.current, ...measured, history };
    const plan = planAutoscaler(scaler, state, nowMs);
    if (plan.scaleTo !== undefined) await writeScale(this.#context.client, resource, ref, plan.scaleTo);
    this.#histories.set(key, remembered(history, plan, scale.replicas, nowMs));
    for (const note of plan.notes) this.#events.note(scaler, note);
    this.#seen.wrote(key, await updateStatus(this.#context.client, AUTOSCALERS, scaler, plan.status));
  }

  /** What each metric asks for. */
  async #measure(
    scaler: Shared<HorizontalPodAutoscaler>,
    scale: ScaleFacts,
    namespace: string,
  ): Promise<Pick<AutoscalerState, 'proposals' | 'failures'>> {
    const proposals: Proposal[] = [];
    const failures: { reason: string; message: string }[] = [];
    for (const metric of scaler.spec?.metrics ?? []) {
      try {
        proposals.push(await this.#propose(scaler, metric, scale, namespace));
      } catch (error) {
        failures.push({ reason: failureReason(metric), message: errorMessage(error) });
      }
    }
    return { proposals, failures };
  }

  async #propose(
    scaler: Shared<HorizontalPodAutoscaler>,
    metric: Shared<MetricSpec>,
    scale: ScaleFacts,
    namespace: string,
  ): Promise<Proposal> {
    if (scale.selector === '') throw new MetricError('the target has no selector');
    const target = resourceTarget(metric);
    const selector = parseLabelSelector(scale.selector);
    const pods = inNamespace(this.#context.informers.of<Pod>(PODS), namespace, selector);
    const usage = await this.#usage(namespace, scale.selector, target.resource);
    const { scaleUp, scaleDown } = scaler.spec?.behavior ?? {};
    const tolerances = { up: tolerance(scaleUp?.tolerance), down: tolerance(scaleDown?.tolerance) };
    return propose(target, { pods, usage, current: scale.replicas, tolerances });
  }

  async #usage(namespace: string, selector: string, resource: string): Promise<Usage> {
    try {
      return await this.#metrics.usage(namespace, selector, resource);
    } catch (error) {
      const why = `unable to fetch metrics from resource metrics API: ${errorMessage(error)}`;
      throw new MetricError(
        `failed to get ${resource} utilization: unable to get metrics for resource ${resource}: ${why}`,
      );
    }
  }
}

function tolerance(text: string | undefined): number {
  const quantity = parseQuantity(text ?? '');
  return quantity === undefined ? TOLERANCE : Number(quantity.nanos) / 1e9;
}

function failureReason({ type }: Shared<MetricSpec>): string {
  switch (type) {
    case 'Resource':
      return 'FailedGetResourceMetric';
    case 'ContainerResource':
      return 'FailedGetContainerResourceMetric';
    case 'Pods':
      return 'FailedGetPodsMetric';
    case 'Object':
      return 'FailedGetObjectMetric';
    case 'External':
      return 'FailedGetExternalMetric';
    default:
      return 'InvalidMetricSourceType';
  }
}

/** What is kept: the past hour. */
function remembered(history: ScaleHistory, plan: AutoscalerPlan, from: number, nowMs: number): ScaleHistory {
  const recent = <T extends { readonly atMs: number }>(list: readonly T[]) =>
    list.filter(({ atMs }) => atMs > nowMs - HISTORY_MS);
  const { recommended, scaleTo } = plan;
  return {
    recommendations: [
      ...recent(history.recommendations),
      ...(recommended === undefined ? [] : [{ atMs: nowMs, replicas: recommended }]),
    ],
    changes: [...recent(history.changes), ...(scaleTo === undefined ? [] : [{ atMs: nowMs, change: scaleTo - from }])],
  };
}
