import { addResourceList, maxResourceList, type ResourceList } from '../../../values/mod.ts';
import type { Container, PodSpec } from './types.ts';

/** What all containers of a pod ask for (or are limited to) together: the most that is due at any moment of its life. */
export function aggregateResources(spec: PodSpec, list: 'requests' | 'limits'): ResourceList {
  const running: ResourceList = {};
  for (const container of spec.containers ?? []) addResourceList(running, container.resources?.[list]);
  // Sidecars that have started stay; an init container runs beside those before it.
  const sidecars: ResourceList = {};
  const starting: ResourceList = {};
  for (const container of spec.initContainers ?? []) addInitContainer(container, list, running, sidecars, starting);
  maxResourceList(running, starting);
  return running;
}

function addInitContainer(
  container: Container,
  list: 'requests' | 'limits',
  running: ResourceList,
  sidecars: ResourceList,
  starting: ResourceList,
): void {
  const own = container.resources?.[list];
  if (container.restartPolicy === 'Always') {
    addResourceList(running, own);
    addResourceList(sidecars, own);
    maxResourceList(starting, sidecars);
  } else {
    const together: ResourceList = { ...sidecars };
    addResourceList(together, own);
    maxResourceList(starting, together);
  }
}
