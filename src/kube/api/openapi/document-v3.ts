import { groupVersion } from '../object.ts';
import type { ResourceDefinition, ResourceVersion } from '../resource.ts';
import { type Descriptions, readDescriptions } from '../schema/mod.ts';
import { closure } from './closure.ts';
import { customDefinitions } from './custom.ts';
import { answerTypes, bodyTypes, type Operation, successes } from './operation.ts';
import { operationsOf, rootPath } from './operations.ts';
import { type Parameter, pathParameters, queryParameter } from './parameters.ts';
import { builtinV3, customV3 } from './schema-v3.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/**
 * The OpenAPI v3 document of one group version (`apps/v1`, `v1` for core) as JSON text; undefined when no row serves
 * it. Pure: the same rows give the same text. A few milliseconds to make, up to 1 MB to keep: the caller caches bytes.
 */
export function openapiV3Document(
  apiVersion: string,
  rows: readonly ResourceDefinition[],
  words: Descriptions = readDescriptions(),
): string | undefined {
  const served = servedBy(apiVersion, rows);
  if (served.length === 0) return undefined;
  const operations = served.flatMap(([row, version]) => operationsOf(row, version));
  const custom = served.flatMap(([row, version]) => customDefinitions(row, version, words));
  return JSON.stringify({
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: pathsOf(served, operations),
    components: {
      schemas: schemasOf(operations, custom, rows, words),
      securitySchemes: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header' } },
    },
    security: [{ BearerToken: [] }],
  });
}

/** The resources of a group version, each with that version. */
function servedBy(
  apiVersion: string,
  rows: readonly ResourceDefinition[],
): [row: ResourceDefinition, version: ResourceVersion][] {
  return rows.flatMap((row) =>
    row.versions
      .filter((version) => groupVersion({ group: row.group, version: version.name }) === apiVersion)
      .map((version): [ResourceDefinition, ResourceVersion] => [row, version]),
  );
}

function schemasOf(
  operations: readonly Operation[],
  custom: ReturnType<typeof customDefinitions>,
  rows: readonly ResourceDefinition[],
  words: Descriptions,
): Record<string, object> {
  const customs = new Set(custom.map(([name]) => name));
  const named = operations.flatMap(({ body, answer }) => [body, answer]).filter((name) => name !== undefined);
  const builtin = closure([
    ...named.filter((name) => !customs.has(name)),
    `${META}.APIResourceList`,
    `${META}.ListMeta`,
    `${META}.ObjectMeta`,
  ]);
  const schemas = new Map(builtin.map((name) => [name, builtinV3(name, words)]));
  for (const name of [`${META}.DeleteOptions`, `${META}.WatchEvent`]) {
    const found = schemas.get(name);
    if (found !== undefined) schemas.set(name, { ...found, ...everyGroup(name, rows) });
  }
  for (const [name, schema] of custom) schemas.set(name, customV3(schema));
  return Object.fromEntries(schemas);
}

/** The kinds of no group belong to every group version. */
export function everyGroup(name: string, rows: readonly ResourceDefinition[]): object {
  const kind = name.slice(name.lastIndexOf('.') + 1);
  const all = new Map<string, object>([['/v1', { group: '', version: 'v1', kind }]]);
  for (const { group, versions } of rows) {
    for (const version of versions) all.set(`${group}/${version.name}`, { group, version: version.name, kind });
  }
  return { 'x-kubernetes-group-version-kind': [...all.values()] };
}

function pathsOf(
  served: readonly [ResourceDefinition, ResourceVersion][],
  operations: readonly Operation[],
): Record<string, object> {
  const paths = new Map<string, Record<string, unknown>>();
  const [first] = served;
  if (first !== undefined) {
    const [row, version] = first;
    paths.set(`${rootPath(row.group, version.name)}/`, { get: resourceList(operations[0]?.tag ?? '') });
  }
  for (const operation of operations) {
    let item = paths.get(operation.path);
    if (item === undefined) {
      item = { parameters: pathParameters(operation.path, operation.kind.kind).map(parameterV3) };
      paths.set(operation.path, item);
    }
    item[operation.method] = operationV3(operation);
  }
  return Object.fromEntries(paths);
}

function resourceList(tag: string): object {
  return {
    description: 'get available resources',
    operationId: `get_${tag}_resources`,
    responses: { 200: { description: 'OK', content: content(['application/json'], `${META}.APIResourceList`) } },
    tags: [tag],
  };
}

function operationV3(operation: Operation): object {
  const { body, answer, action } = operation;
  const unauthorized = { 401: { description: 'Unauthorized' } };
  const responses = successes(action).map(([code, description]) => [
    code,
    { description, content: content(answerTypes(operation), answer) },
  ]);
  return {
    description: operation.description,
    operationId: operation.id,
    parameters: operation.query.map(queryParameter).map(parameterV3),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            ...(action === 'delete' || action === 'deletecollection' ? {} : { required: true }),
            content: content(bodyTypes(operation), body),
          },
        }),
    responses: { ...Object.fromEntries(responses), ...unauthorized },
    tags: [operation.tag],
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': operation.kind,
  };
}

function content(types: readonly string[], name: string | undefined): object {
  const schema = name === undefined ? { type: 'string' } : { $ref: `#/components/schemas/${name}` };
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

function parameterV3({ name, in: place, type, description }: Parameter): object {
  return {
    name,
    in: place,
    description,
    ...(place === 'path' ? { required: true } : {}),
    schema: { type, uniqueItems: true },
  };
}
