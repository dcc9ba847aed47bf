import type { GroupVersionKind } from '../object.ts';
import type { ResourceDefinition, Strategy } from '../resource.ts';
import { served } from './served.ts';

/** A question that is posted and answered, and never stored. */
export function review(
  gvk: GroupVersionKind,
  options: { readonly namespaced?: boolean; readonly strategy?: Strategy } = {},
): ResourceDefinition {
  const singular = gvk.kind.toLowerCase();
  return {
    group: gvk.group,
    plural: `${singular}s`,
    singular,
    kind: gvk.kind,
    namespaced: options.namespaced ?? false,
    verbs: ['create'],
    versions: [served(gvk)],
    storageVersion: gvk.version,
    stored: false,
    strategy: { hasGeneration: false, nameRule: 'path-segment', ...options.strategy },
  };
}
