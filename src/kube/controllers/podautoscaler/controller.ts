import { AUTOSCALERS, definitionsOf, indexByNamespace, Loop, PODS, type Pod } from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import { type MetricsSource, ResourceMetrics } from './metrics.ts';
import { AutoscalerReconciler } from './reconciler.ts';
import type { HorizontalPodAutoscaler } from './types.ts';

/** Scales by what pods use; `metrics` takes the place of the cluster's metrics API. */
export function autoscalerController(metrics?: MetricsSource): Controller {
  return {
    name: 'horizontal-pod-autoscaler',
    start: (context) => {
      const reconciler = new AutoscalerReconciler(context, metrics ?? new ResourceMetrics(context.client));
      const loop = new Loop({ name: 'horizontal-pod-autoscaler', reconcile: (key) => reconciler.reconcile(key) });
      loop.owns(context.informers.of<HorizontalPodAutoscaler>(AUTOSCALERS));
      loop.needs(definitionsOf(context.informers));
      indexByNamespace(loop.needs(context.informers.of<Pod>(PODS)));
      return loop.begin();
    },
  };
}
