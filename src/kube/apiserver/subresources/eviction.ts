import {
  badRequest,
  internalError,
  type KubeObject,
  type LabelSelector,
  labelMatcher,
  matchesLabels,
  notFound,
  StatusError,
} from '#kube/api';
import { schemaOfKind } from '#kube/api/schema';
import { timestamp } from '#kube/api/values';
import { type ObjectAnswer, objectAnswer } from '../answer.ts';
import { readObject } from '../verbs/body.ts';
import { type DeleteOptions, removeWith } from '../verbs/delete.ts';
import { resourceOf, type Target } from '../verbs/target.ts';
import { writeOptions } from '../verbs/write-options.ts';
import { admitBody } from './admit-body.ts';

const EVICTION = { group: 'policy', version: 'v1', kind: 'Eviction' };
/** A budget remembers this many pods that were evicted and are not seen gone yet. */
const MAX_DISRUPTED_PODS = 2000;

interface Budget extends KubeObject {
  spec?: { selector?: LabelSelector; unhealthyPodEvictionPolicy?: string };
  status?: {
    disruptionsAllowed?: number;
    currentHealthy?: number;
    desiredHealthy?: number;
    observedGeneration?: number;
    disruptedPods?: Record<string, string>;
  };
}

interface Pod extends KubeObject {
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
}

/** Evicts a pod if its disruption budget allows it: POST to `pods/<name>/eviction`; 429 if not. `kubectl drain` does this. */
export async function evict(target: Target): Promise<ObjectAnswer> {
  const { machinery, request } = target;
  const eviction = await readObject(machinery, request, EVICTION, { schema: () => schemaOfKind(EVICTION) });
  const named = eviction.metadata.name ?? '';
  if (named !== '' && named !== target.name) {
    throw badRequest(`name in URL does not match name in Eviction object: "${target.name}" "${named}"`);
  }
  const write = writeOptions(request, 'CreateOptions');
  eviction.metadata.name ||= target.name;
  eviction.metadata.namespace ||= target.namespace;
  const { dryRun } = deleteOptionsOf(eviction, write.dryRun);
  const admitted = await admitBody(target, eviction, EVICTION, { ...write, dryRun });
  const options = deleteOptionsOf(admitted, dryRun);
  const entry = await target.store.get(target.store.key(target.namespace, target.name));
  if (entry === undefined) throw notFound(resourceOf(target), target.name);
  const pod = entry.copy() as Pod;
  if (!goesFreely(pod)) await takeDisruption(target, pod, options.dryRun);
  await removeWith({ ...target, subresource: '' }, options);
  return objectAnswer({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
}

function deleteOptionsOf(eviction: KubeObject, dryRun: boolean): DeleteOptions {
  const raw = (eviction.deleteOptions ?? {}) as {
    gracePeriodSeconds?: number;
    propagationPolicy?: DeleteOptions['propagationPolicy'];
    preconditions?: DeleteOptions['preconditions'];
    dryRun?: string[];
  };
  return {
    gracePeriodSeconds: raw.gracePeriodSeconds,
    propagationPolicy: raw.propagationPolicy,
    preconditions: raw.preconditions,
    dryRun: dryRun || raw.dryRun?.includes('All') === true,
  };
}

/** Pods that are done, never ran, or are going already disturb nobody. */
function goesFreely({ metadata, status }: Pod): boolean {
  const phase = status?.phase ?? '';
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || metadata.deletionTimestamp !== undefined;
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}

/** Takes one disruption from the pod's budget, by compare-and-swap, so that two evictions never share one. */
async function takeDisruption(target: Target, pod: Pod, dryRun: boolean): Promise<void> {
  const budgets = await budgetsOf(target, pod);
  const [budget] = budgets;
  if (budget === undefined) return;
  if (budgets.length > 1) {
    throw internalError(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const endpoint = target.machinery.catalog.find('policy', 'v1', 'poddisruptionbudgets');
  if (endpoint === undefined) return;
  const store = target.machinery.stores.of(endpoint.row);
  const name = budget.metadata.name ?? '';
  await store.update(store.key(target.namespace, name), (current) => {
    if (current === undefined) return { keep: true };
    const object = current.copy() as Budget;
    if (unhealthyMayGo(object, pod)) return { keep: true };
    spend(object, target);
    return dryRun ? { keep: true } : { store: object };
  });
}

/** A pod that isn't ready can go where the budget says so, or where enough others are healthy. */
function unhealthyMayGo({ spec, status }: Budget, pod: Pod): boolean {
  if (isReady(pod)) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const healthy = status?.currentHealthy ?? 0;
  return healthy > 0 && healthy >= (status?.desiredHealthy ?? 0);
}

function spend(budget: Budget, target: Target): void {
  const name = budget.metadata.name ?? '';
  budget.status ??= {};
  const { status } = budget;
  const refuse = (detail: string, retryAfterSeconds: number) =>
    new StatusError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [{ reason: 'DisruptionBudget', message: detail }],
      retryAfterSeconds,
    });
  if ((status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0)) {
    throw refuse(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  const allowed = status.disruptionsAllowed ?? 0;
  const disrupted = status.disruptedPods ?? {};
  if (Object.keys(disrupted).length > MAX_DISRUPTED_PODS) {
    throw refuse('DisruptedPods map too big - too many evictions not confirmed by PDB controller', 10);
  }
  if (allowed <= 0) {
    const { desiredHealthy = 0, currentHealthy = 0 } = status;
    throw refuse(
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
      0,
    );
  }
  status.disruptionsAllowed = allowed - 1;
  status.disruptedPods = { ...disrupted, [target.name]: timestamp(target.machinery.nowMs()) };
}

async function budgetsOf({ machinery, namespace }: Target, pod: Pod): Promise<Budget[]> {
  const endpoint = machinery.catalog.find('policy', 'v1', 'poddisruptionbudgets');
  if (endpoint === undefined) return [];
  const store = machinery.stores.of(endpoint.row);
  await store.cache.fresh();
  return store.cache
    .below(store.prefixOf(namespace))
    .map((entry) => entry.object as Budget)
    .filter((budget) => selects(budget, pod));
}

function selects({ spec }: Budget, pod: Pod): boolean {
  const matcher = labelMatcher(spec?.selector);
  return matcher !== undefined && matchesLabels(matcher, pod.metadata.labels);
}
