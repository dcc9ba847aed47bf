import type { KubeObject, Shared } from '#kube/api';
import type { LimitRange, LimitRangeItem, Pod } from '#kube/api/resources';
import type { ResourceList } from '#kube/api/values';
import { podResources } from '../common/pod-resources.ts';
import { maximum, maximumRequest, minimum, ratio } from './bounds.ts';

/** What a pod and its containers ask for that a range does not allow. */
export function checkPod({ spec }: Pod, range: Shared<LimitRange>): string[] {
  return (range.spec?.limits ?? []).flatMap((item) => {
    if (item.type === 'Pod') return checkItem(item, podResources(spec, 'requests'), podResources(spec, 'limits'));
    if (item.type !== 'Container') return [];
    return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
      checkItem(item, resources?.requests, resources?.limits),
    );
  });
}

function checkItem(
  item: Shared<LimitRangeItem>,
  requests: ResourceList | undefined,
  limits: ResourceList | undefined,
): string[] {
  const { type = '', min = {}, max = {}, maxLimitRequestRatio = {} } = item;
  const complaints = [
    ...Object.keys(min).map((name) => minimum(type, name, min[name] ?? '', requests, limits)),
    ...Object.keys(max).map((name) => maximum(type, name, max[name] ?? '', requests, limits)),
    ...Object.keys(maxLimitRequestRatio).map((name) =>
      ratio(type, name, maxLimitRequestRatio[name] ?? '', requests, limits),
    ),
  ];
  return complaints.filter((complaint) => complaint !== undefined);
}

interface Claim extends KubeObject {
  spec?: { resources?: { requests?: ResourceList } };
}

/** What a claim asks for that a range does not allow. */
export function checkClaim(claim: Claim, range: Shared<LimitRange>): string[] {
  const requests = claim.spec?.resources?.requests;
  const complaints = (range.spec?.limits ?? []).flatMap(({ type = '', min = {}, max = {} }) => {
    if (type !== 'PersistentVolumeClaim') return [];
    return [
      ...Object.keys(min).map((name) => minimum(type, name, min[name] ?? '', requests, undefined)),
      ...Object.keys(max).map((name) => maximumRequest(type, name, max[name] ?? '', requests)),
    ];
  });
  return complaints.filter((complaint) => complaint !== undefined);
}
