import type { Shared } from '#kube/api';
import { formatQuantity, millisOf, parseQuantity } from '#kube/api/values';
import { isReady, isTerminating, type Pod } from '../common/mod.ts';
import type { Usage } from './metrics.ts';
import type { MetricSpec, MetricStatus } from './types.ts';

/** How many replicas a metric asks for, and what it was. */
export interface Proposal {
  readonly replicas: number;
  readonly status: MetricStatus;
  /** For events: `cpu resource utilization (percentage of request)`. */
  readonly name: string;
}

/** Why a metric says nothing. */
export class MetricError extends Error {
  override readonly name = 'MetricError';
}

/** What a metric is about: a resource of pods, or of one of their containers. */
export interface ResourceTarget {
  readonly resource: string;
  readonly container: string | undefined;
  readonly utilization: number | undefined;
  /** Thousandths that a pod is to use on average. */
  readonly averageMillis: number | undefined;
}

/** Understands a metric of the autoscaler; throws a MetricError for those that need other sources. */
export function resourceTarget({ type, resource, containerResource }: Shared<MetricSpec>): ResourceTarget {
  const source = type === 'ContainerResource' ? containerResource : type === 'Resource' ? resource : undefined;
  if (source?.name === undefined) throw new MetricError(`metrics of type ${type} have no source in this cluster`);
  const average = parseQuantity(source.target?.averageValue ?? '');
  const container = containerResource?.container;
  return {
    resource: source.name,
    container: type === 'ContainerResource' ? container : undefined,
    utilization: source.target?.averageUtilization,
    averageMillis: average === undefined ? undefined : Number(millisOf(average)),
  };
}

/** How far use may be from its target, as a share, without anything being done. */
export interface Tolerances {
  readonly up: number;
  readonly down: number;
}

/**
 * The replicas that would bring what pods use to its target. Pods that do not serve yet, and those nobody measured,
 * count with care.
 */
export function propose(
  target: ResourceTarget,
  {
    pods,
    usage,
    current,
    tolerances,
  }: {
    readonly pods: readonly Shared<Pod>[];
    readonly usage: Usage;
    /** Replicas that there are to be now. */
    readonly current: number;
    readonly tolerances: Tolerances;
  },
): Proposal {
  const groups = groupPods(pods, usage, target);
  if (groups.measured.size === 0)
    throw new MetricError(`did not receive metrics for targeted pods (pods might be unready)`);
  const wanted = (pod: Shared<Pod>) => wantedMillis(pod, target);
  const ratioOf = (used: ReadonlyMap<Shared<Pod>, number>) => {
    const [total, goal] = [sum(used.values()), sum([...used.keys()].map(wanted))];
    if (goal === 0) throw new MetricError('no metrics returned matched known pods');
    return total / goal;
  };
  const ratio = ratioOf(groups.measured);
  const replicas = replicasFor(groups, ratio, ratioOf, wanted, current, tolerances);
  return { replicas, status: statusOf(target, groups.measured), name: nameOf(target) };
}

interface PodGroups {
  /** Pods that serve, with what they use. */
  readonly measured: Map<Shared<Pod>, number>;
  readonly unready: Shared<Pod>[];
  readonly missing: Shared<Pod>[];
}

function groupPods(pods: readonly Shared<Pod>[], usage: Usage, target: ResourceTarget): PodGroups {
  const groups: PodGroups = { measured: new Map(), unready: [], missing: [] };
  for (const pod of pods) {
    if (isTerminating(pod) || pod.status?.phase === 'Failed') continue;
    const used = usedMillis(usage.get(pod.metadata.name ?? ''), target.container);
    if (pod.status?.phase === 'Pending') groups.unready.push(pod);
    else if (used === undefined) groups.missing.push(pod);
    else if (target.resource === 'cpu' && !isReady(pod)) groups.unready.push(pod);
    else groups.measured.set(pod, used);
  }
  return groups;
}

function usedMillis(
  containers: ReadonlyMap<string, number> | undefined,
  container: string | undefined,
): number | undefined {
  if (containers === undefined || containers.size === 0) return undefined;
  return container === undefined ? sum(containers.values()) : containers.get(container);
}

/** What a pod is to use: a share of its request, or the average for all. */
function wantedMillis(pod: Shared<Pod>, target: ResourceTarget): number {
  if (target.utilization === undefined) return target.averageMillis ?? 0;
  return (requestedMillis(pod, target) * target.utilization) / 100;
}

function requestedMillis(pod: Shared<Pod>, { resource, container }: ResourceTarget): number {
  let total = 0;
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const { name, resources } of [...(pod.spec?.containers ?? []), ...sidecars]) {
    if (container !== undefined && container !== name) continue;
    const request = parseQuantity(resources?.requests?.[resource] ?? '');
    if (request === undefined)
      throw new MetricError(`missing request for ${resource} in container ${name} of Pod ${pod.metadata.name}`);
    total += Number(millisOf(request));
  }
  return total;
}

function replicasFor(
  { measured, unready, missing }: PodGroups,
  ratio: number,
  ratioOf: (used: ReadonlyMap<Shared<Pod>, number>) => number,
  wanted: (pod: Shared<Pod>) => number,
  current: number,
  tolerances: Tolerances,
): number {
  const counted = new Map(measured);
  const addUnready = unready.length > 0 && ratio > 1;
  if (!addUnready && missing.length === 0) {
    return isTolerable(ratio, tolerances) ? current : Math.ceil(ratio * measured.size);
  }
  // Against the direction: pods that nobody measured use all they should when there are to be fewer, nothing when more.
  if (ratio !== 1) for (const pod of missing) counted.set(pod, ratio < 1 ? wanted(pod) : 0);
  if (addUnready) for (const pod of unready) counted.set(pod, 0);
  const careful = ratioOf(counted);
  const turned = (ratio < 1 && careful > 1) || (ratio > 1 && careful < 1);
  if (turned || isTolerable(careful, tolerances)) return current;
  const replicas = Math.ceil(careful * counted.size);
  return (careful < 1 && replicas > current) || (careful > 1 && replicas < current) ? current : replicas;
}

function isTolerable(ratio: number, { up, down }: Tolerances): boolean {
  return ratio <= 1 + up && ratio >= 1 - down;
}

function statusOf(target: ResourceTarget, measured: ReadonlyMap<Shared<Pod>, number>): MetricStatus {
  const total = sum(measured.values());
  const average = formatQuantity({
    nanos: BigInt(Math.round(total / measured.size)) * 1_000_000n,
    format: 'DecimalSI',
  });
  const { resource: name, container, utilization } = target;
  const requested =
    utilization === undefined ? 0 : sum([...measured.keys()].map((pod) => requestedMillis(pod, target)));
  const current = {
    averageValue: average,
    ...(requested === 0 ? {} : { averageUtilization: Math.trunc((total * 100) / requested) }),
  };
  if (container === undefined) return { type: 'Resource', resource: { name, current } };
  return { type: 'ContainerResource', containerResource: { name, container, current } };
}

function nameOf({ resource, container, utilization }: ResourceTarget): string {
  const what = container === undefined ? `${resource} resource` : `${resource} container resource`;
  return utilization === undefined ? what : `${what} utilization (percentage of request)`;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
