import type { ResourceDefinition } from '#kube/api';
import { builtinResources } from '#kube/api/resources';

/** Any resource in namespaces, and any outside. */
export const configMapsRow = rowOf('configmaps');
export const nodesRow = rowOf('nodes');

function rowOf(plural: string): ResourceDefinition {
  const row = builtinResources().find((one) => one.group === '' && one.plural === plural);
  if (row === undefined) throw new Error(`there is no resource ${plural}`);
  return row;
}
