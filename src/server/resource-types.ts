import type { ResourceTypes } from '#kube/admission';
import {
  badRequest,
  type GroupResource,
  type GroupVersionKind,
  groupVersion,
  type KubeObject,
  parseGroupVersion,
  type ResourceDefinition,
  subresourcesOf,
} from '#kube/api';
import { definitionNameOfKind, resolveSchema, schemaOfKind } from '#kube/api/schema';
import type { ResourceCatalog } from '#kube/apiserver';
import { conform } from '#kube/codec';
import { fieldTypeOf, mergeValues } from '#kube/patch';

/** What admission has to know of the resources that the API server serves now. */
export function resourceTypes(catalog: ResourceCatalog): ResourceTypes {
  const rowOf = ({ group, resource }: GroupResource) => catalog.row(group, resource);
  return {
    versionsOf(resource) {
      const row = rowOf(resource);
      return row === undefined
        ? []
        : row.versions.map(({ name }) => ({ group: row.group, version: name, kind: row.kind }));
    },
    convert(resource, object, version) {
      const row = rowOf(resource);
      return row === undefined ? object : inVersion(row, object, version);
    },
    async accept(resource, value, kind, apiVersion) {
      const { kind: made } = (value ?? {}) as { kind?: unknown };
      if (made !== kind) throw badRequest(`what came out is of kind ${String(made)}, and not ${kind}`);
      const row = rowOf(resource);
      const body = row === undefined ? undefined : bodyOf(row, value);
      if (body !== undefined) return acceptBody(value as KubeObject, body);
      const object = asObject(value);
      const version = row?.versions.find(
        ({ name }) => groupVersion({ group: row.group, version: name }) === object.apiVersion,
      );
      if (row === undefined || version === undefined || object.kind !== row.kind) {
        throw badRequest(`${object.apiVersion}, Kind=${object.kind} is not what ${resource.resource} are`);
      }
      if (version.conform === undefined) conform(object, version.schema(), resolveSchema);
      else version.conform(object);
      const accepted = await inVersion(row, object, parseGroupVersion(apiVersion).version);
      row.strategy.setDefaults?.(accepted);
      return accepted;
    },
    ofKind({ group, version, kind }) {
      const row = catalog.ofKind(group, version, kind)?.row;
      return row === undefined
        ? undefined
        : { resource: { group, version, resource: row.plural }, namespaced: row.namespaced };
    },
    schemaOf({ group, version, kind }) {
      const endpoint = catalog.ofKind(group, version, kind);
      return endpoint && { schema: endpoint.version.schema(), resolve: resolveSchema };
    },
    merge(resource, object, part) {
      const row = rowOf(resource);
      const body = row === undefined ? undefined : bodyOf(row, object);
      if (body !== undefined) return mergeBody(object, part, body);
      const version = row?.versions.find(
        ({ name }) => groupVersion({ group: row.group, version: name }) === object.apiVersion,
      );
      if (version === undefined) throw badRequest(`${resource.resource} cannot be merged: nobody serves them`);
      return mergeValues(fieldTypeOf(version.schema(), resolveSchema), object, part) as KubeObject;
    },
  };
}

/** The kind of a subresource's body that an object says it is. */
function bodyOf(row: ResourceDefinition, value: unknown): GroupVersionKind | undefined {
  const { apiVersion, kind } = (value ?? {}) as { apiVersion?: unknown; kind?: unknown };
  return row.versions
    .flatMap((version) => Object.values(subresourcesOf(row, version)))
    .map(({ body }) => body)
    .find((body) => body !== undefined && body.kind === kind && groupVersion(body) === apiVersion);
}

/** Options of connections are in no schema. */
function hasSchema(kind: GroupVersionKind): boolean {
  return definitionNameOfKind(kind) !== undefined;
}

function acceptBody(object: KubeObject, kind: GroupVersionKind): KubeObject {
  if (hasSchema(kind)) conform(asObject(object), schemaOfKind(kind), resolveSchema);
  return object;
}

function mergeBody(object: KubeObject, part: Readonly<Record<string, unknown>>, kind: GroupVersionKind): KubeObject {
  if (!hasSchema(kind)) return { ...object, ...part };
  return mergeValues(fieldTypeOf(schemaOfKind(kind), resolveSchema), object, part) as KubeObject;
}

async function inVersion(row: ResourceDefinition, object: KubeObject, version: string): Promise<KubeObject> {
  if (row.convert === undefined || object.apiVersion === groupVersion({ group: row.group, version })) return object;
  const [converted] = await row.convert([object], version);
  return converted as KubeObject;
}

function asObject(value: unknown): KubeObject {
  const object = value as Partial<KubeObject> | null;
  const isObject = typeof object === 'object' && object !== null && !Array.isArray(object);
  const { metadata } = isObject ? object : {};
  if (!isObject || typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw badRequest('what came out is no object with metadata');
  }
  return object as KubeObject;
}
