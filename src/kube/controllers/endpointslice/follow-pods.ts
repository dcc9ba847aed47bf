import { type KubeObject, type LabelMatcher, matchesLabels, type Shared } from '#kube/api';
import { semanticEqual } from '#kube/api/values';
import { type Informer, keyOf } from '#kube/client';
import { indexByNamespace, inNamespace, type Loop, matcherOf, type Pod } from '../common/mod.ts';
import { selectsPods } from './pod-endpoints.ts';
import type { Service } from './types.ts';

/** Changes that come within this time are one. */
const BATCH_MS = 10;

/** Has services reconciled when pods that they select come, change or go. */
export function followPods(loop: Loop, services: Informer<Service>, pods: Informer<Pod>): void {
  indexByNamespace(services);
  indexByNamespace(pods);
  const wake = (pod: Shared<Pod>) => {
    for (const service of inNamespace(services, pod.metadata.namespace)) {
      if (selects(service, pod)) loop.addAfter(keyOf(service as KubeObject), BATCH_MS);
    }
  };
  loop.handle(pods, {
    onAdd: wake,
    onUpdate: (pod, old) => {
      wake(pod);
      if (!semanticEqual(pod.metadata.labels, old.metadata.labels)) wake(old);
    },
    onDelete: wake,
  });
}

/** The pods that a service selects, whatever their state. */
export function selectedPods(service: Shared<Service>, pods: Informer<Pod>): Shared<Pod>[] {
  const selector = selectorOf(service);
  return selector === undefined ? [] : inNamespace(pods, service.metadata.namespace, selector);
}

function selects(service: Shared<Service>, pod: Shared<Pod>): boolean {
  const selector = selectorOf(service);
  return selector !== undefined && matchesLabels(selector, pod.metadata.labels);
}

function selectorOf(service: Shared<Service>): LabelMatcher | undefined {
  return selectsPods(service) ? matcherOf({ matchLabels: service.spec?.selector ?? {} }) : undefined;
}
