import type { Subresource } from '../resource.ts';
import { PART_VERBS } from './strategies.ts';

/** The `scale` subresource of the built-in kinds with replicas; `selector` is where the pods' selector is. */
export function scaleSubresource(selector: string): Subresource {
  return {
    verbs: PART_VERBS,
    body: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    scale: {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: selector,
    },
  };
}
