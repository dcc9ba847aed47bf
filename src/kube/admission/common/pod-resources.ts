import { aggregateResources, type PodSpec } from '#kube/api/resources';
import { addResourceList, type ResourceList, setEntry } from '#kube/api/values';

/** What a pod as a whole asks for, or is limited to: its own word where it has one, its containers' sum otherwise. */
export function podResources(spec: PodSpec, list: 'requests' | 'limits'): ResourceList {
  const total = aggregateResources(spec, list);
  const own = spec.resources?.[list];
  for (const name of Object.keys(own ?? {})) setEntry(total, name, own?.[name] ?? '');
  return total;
}

/** The same with what the runtime class takes besides; limits grow by it only where there are some. */
export function podResourcesWithOverhead(spec: PodSpec, list: 'requests' | 'limits'): ResourceList {
  const total = podResources(spec, list);
  const { overhead } = spec;
  if (overhead === undefined) return total;
  if (list === 'requests') addResourceList(total, overhead);
  else
    addResourceList(total, Object.fromEntries(Object.entries(overhead).filter(([name]) => Object.hasOwn(total, name))));
  return total;
}

/** One entry of a list of resources, whatever it is called. */
export function entryOf(list: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return list !== undefined && Object.hasOwn(list, name) ? list[name] : undefined;
}
