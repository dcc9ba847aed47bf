import { groupVersion, type KubeObject, type ResourceVersion } from '#kube/api';
import type { Endpoint } from '../resources/catalog.ts';

/** The object in the version that is stored and that the strategies see. */
export async function toStorageVersion(endpoint: Endpoint, object: KubeObject): Promise<KubeObject> {
  const { group, storageGroup = group, storageVersion } = endpoint.row;
  return inVersion(endpoint, object, storageGroup, storageVersion);
}

/** The object in the endpoint's version. */
export async function toEndpointVersion(endpoint: Endpoint, object: KubeObject): Promise<KubeObject> {
  return inVersion(endpoint, object, endpoint.row.group, endpoint.version.name);
}

async function inVersion({ row }: Endpoint, object: KubeObject, group: string, version: string): Promise<KubeObject> {
  if (row.convert === undefined) return object;
  if (object.apiVersion === groupVersion({ group, version })) return object;
  const [converted] = await row.convert([object], version);
  return converted as KubeObject;
}

/** The row's version in which objects are stored. */
export function storageVersionOf({ row, version }: Endpoint): ResourceVersion {
  return row.versions.find(({ name }) => name === row.storageVersion) ?? version;
}

/** Without a status subresource the status is like every other field: who writes it on the main path owns it. */
export function resetFieldsOf({ endpoint: { row } }: { readonly endpoint: Endpoint }): { resetFields?: string[][] } {
  return row.custom === true && row.subresources?.status === undefined ? { resetFields: [] } : {};
}
