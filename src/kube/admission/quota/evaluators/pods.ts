import type { Shared } from '#kube/api';
import {
  type Affinity,
  type Container,
  isExtendedResource,
  isHugePages,
  type Pod,
  type PodAffinityTerm,
  type PodSpec,
  qosClassOf,
  type ScopedResourceSelectorRequirement,
} from '#kube/api/resources';
import { type ResourceList, setEntry } from '#kube/api/values';
import { podResourcesWithOverhead } from '../../common/pod-resources.ts';
import type { QuotaEvaluator } from '../evaluator.ts';
import { matchesValue } from '../scopes.ts';

const PLAIN = ['cpu', 'memory', 'ephemeral-storage'];
const NAMES: ReadonlySet<string> = new Set([
  'count/pods',
  'pods',
  ...PLAIN,
  ...PLAIN.map((name) => `requests.${name}`),
  ...PLAIN.map((name) => `limits.${name}`),
]);
/** Where a quota counts one of these, each container has to say what it wants. */
const EXPLICIT: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
]);
const REQUESTS = 'requests.';

/** Counts pods and what they ask for; those that are done count as objects only. */
export const podEvaluator: QuotaEvaluator = {
  handles: ({ operation, subresource }) =>
    operation === 'CREATE' || (operation === 'UPDATE' && subresource === 'resize'),
  counts: (name) =>
    NAMES.has(name) ||
    isHugePages(name) ||
    name.startsWith(`${REQUESTS}hugepages-`) ||
    (name.startsWith(REQUESTS) && isExtendedResource(name.slice(REQUESTS.length))),
  usage(object) {
    const pod = object as Pod;
    const used: ResourceList = { 'count/pods': '1' };
    if (isOver(pod)) return used;
    used.pods = '1';
    addUsage(used, podResourcesWithOverhead(pod.spec, 'requests'), podResourcesWithOverhead(pod.spec, 'limits'));
    return used;
  },
  inScope: (scope, object) => isInScope(scope, object as Pod),
  missing: (names, object) => missingResources(names, (object as Pod).spec),
};

/** Has it ended, or is it past the time in which it should have? */
function isOver({ metadata, status }: Pod): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds !== undefined
    ? Date.now() > Date.parse(deletionTimestamp)
    : false;
}

function addUsage(used: ResourceList, requests: ResourceList, limits: ResourceList): void {
  for (const name of Object.keys(requests)) {
    const amount = requests[name] ?? '';
    if (PLAIN.includes(name) || isHugePages(name)) {
      setEntry(used, name, amount);
      setEntry(used, `${REQUESTS}${name}`, amount);
    } else if (isExtendedResource(name)) setEntry(used, `${REQUESTS}${name}`, amount);
  }
  for (const name of PLAIN) if (Object.hasOwn(limits, name)) used[`limits.${name}`] = limits[name] ?? '';
}

function isInScope(scope: Shared<ScopedResourceSelectorRequirement>, { spec }: Pod): boolean {
  switch (scope.scopeName) {
    case 'Terminating':
      return isTerminating(spec);
    case 'NotTerminating':
      return !isTerminating(spec);
    case 'BestEffort':
      return qosClassOf(spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClassOf(spec) !== 'BestEffort';
    case 'PriorityClass':
      return matchesValue(scope, spec.priorityClassName ?? '');
    case 'CrossNamespacePodAffinity':
      return crossesNamespaces(spec.affinity);
    default:
      return false;
  }
}

function isTerminating({ activeDeadlineSeconds = -1 }: PodSpec): boolean {
  return activeDeadlineSeconds >= 0;
}

function crossesNamespaces({ podAffinity, podAntiAffinity }: Affinity = {}): boolean {
  const crosses = (term: PodAffinityTerm = {}) =>
    (term.namespaces?.length ?? 0) > 0 || term.namespaceSelector !== undefined;
  return [podAffinity, podAntiAffinity].some(
    (affinity) =>
      affinity?.requiredDuringSchedulingIgnoredDuringExecution?.some(crosses) ||
      affinity?.preferredDuringSchedulingIgnoredDuringExecution?.some(({ podAffinityTerm }) =>
        crosses(podAffinityTerm),
      ),
  );
}

/** `must specify limits.cpu for: a,b; memory for: b`. */
function missingResources(names: readonly string[], spec: PodSpec): string | undefined {
  const explicit = names.filter((name) => EXPLICIT.has(name) && !isSaidForPod(name, spec)).sort();
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const missing = explicit.flatMap((name) => {
    const silent = containers.filter((container) => !says(container, name)).map((container) => container.name ?? '');
    return silent.length === 0 ? [] : [`${name} for: ${[...new Set(silent)].sort().join(',')}`];
  });
  return missing.length === 0 ? undefined : `must specify ${missing.join('; ')}`;
}

function isSaidForPod(name: string, { resources }: PodSpec): boolean {
  return resources !== undefined && says({ resources }, name);
}

function says({ resources }: Container, name: string): boolean {
  const isLimit = name.startsWith('limits.');
  const plain = name.slice(name.indexOf('.') + 1);
  return Object.hasOwn((isLimit ? resources?.limits : resources?.requests) ?? {}, plain);
}
