import { groupVersion, type KubeObject, type ResourceVersion, subresourcesOf } from '#kube/api';
import type { Endpoint } from '../resources/catalog.ts';
import type { Target } from './target.ts';

/** The object in the version that is stored. */
export async function toStorageVersion(endpoint: Endpoint, object: KubeObject): Promise<KubeObject> {
  const { group, storageGroup = group, storageVersion } = endpoint.row;
  return inVersion(endpoint, object, storageGroup, storageVersion);
}

/** The object in the endpoint's version. */
export async function toEndpointVersion(endpoint: Endpoint, object: KubeObject): Promise<KubeObject> {
  return inVersion(endpoint, object, endpoint.row.group, endpoint.version.name);
}

/**
 * The object in the version in which it is defaulted, admitted and checked: of built-in kinds the one that is stored, of custom resources
 * that of the request, for each of their versions has a schema of its own.
 */
export function toWorkingVersion(endpoint: Endpoint, object: KubeObject): Promise<KubeObject> {
  return endpoint.row.custom === true ? toEndpointVersion(endpoint, object) : toStorageVersion(endpoint, object);
}

async function inVersion({ row }: Endpoint, object: KubeObject, group: string, version: string): Promise<KubeObject> {
  if (row.convert === undefined) return object;
  if (object.apiVersion === groupVersion({ group, version })) return object;
  const [converted] = await row.convert([object], version);
  return converted as KubeObject;
}

/** The version of `toWorkingVersion`: one of the row's, or of another group's row (events are stored as core's). */
export function workingVersionOf({ endpoint: { row, version }, machinery }: Target): ResourceVersion {
  const { storageGroup, storageVersion, custom } = row;
  if (custom === true) return version;
  if (storageGroup !== undefined && storageGroup !== row.group) {
    return machinery.catalog.find(storageGroup, storageVersion, row.plural)?.version ?? version;
  }
  return row.versions.find(({ name }) => name === storageVersion) ?? version;
}

/** Without a status subresource the status is like every other field: who writes it on the main path owns it. */
export function resetFieldsOf({ endpoint: { row, version } }: { readonly endpoint: Endpoint }): {
  resetFields?: string[][];
} {
  return row.custom === true && subresourcesOf(row, version).status === undefined ? { resetFields: [] } : {};
}
