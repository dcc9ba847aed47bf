import type { GroupVersionKind } from '../object.ts';
import type { ResourceDefinition } from '../resource.ts';
import { type Descriptions, readDescriptions } from '../schema/mod.ts';
import { closure } from './closure.ts';
import { customDefinitions } from './custom.ts';
import { everyGroup } from './document-v3.ts';
import { type Action, answerTypes, bodyTypes, type Method, type Operation, successes } from './operation.ts';
import { operationsOf } from './operations.ts';
import { type Parameter, pathParameters, queryParameter } from './parameters.ts';
import { builtinV2, customV2, type SchemaV2 } from './schema-v2.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** The OpenAPI v2 document of a server. */
export interface OpenapiV2 {
  readonly swagger: '2.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, PathItemV2>>;
  readonly definitions: Readonly<Record<string, SchemaV2>>;
  readonly securityDefinitions: Readonly<Record<string, { type: 'apiKey'; name: string; in: 'header' }>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

/** What can be done at a path; the parameters are those of the path itself. */
export type PathItemV2 = { readonly parameters?: readonly ParameterV2[] } & {
  readonly [method in Method]?: OperationV2;
};

/** A method of a path. */
export interface OperationV2 {
  readonly tags: readonly string[];
  readonly description: string;
  readonly operationId: string;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly schemes: readonly string[];
  readonly parameters: readonly ParameterV2[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly schema?: SchemaV2 }>>;
  readonly 'x-kubernetes-action': Action;
  readonly 'x-kubernetes-group-version-kind': GroupVersionKind;
}

/** A body, or a parameter of the path or query. */
export interface ParameterV2 {
  readonly name: string;
  readonly in: 'body' | 'path' | 'query';
  readonly description?: string;
  readonly required?: boolean;
  readonly type?: string;
  readonly uniqueItems?: boolean;
  readonly schema?: SchemaV2;
}

/**
 * The OpenAPI v2 document of everything that the rows serve. Pure. Some tens of milliseconds and MB: for old clients
 * only.
 */
export function openapiV2(rows: readonly ResourceDefinition[], words: Descriptions = readDescriptions()): OpenapiV2 {
  const served = rows.flatMap((row) => row.versions.map((version) => ({ row, version })));
  const operations = served.flatMap(({ row, version }) => operationsOf(row, version));
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths: pathsOf(operations),
    definitions: definitionsOf(served, operations, rows, words),
    securityDefinitions: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header' } },
    security: [{ BearerToken: [] }],
  };
}

function definitionsOf(
  served: readonly { row: ResourceDefinition; version: ResourceDefinition['versions'][number] }[],
  operations: readonly Operation[],
  rows: readonly ResourceDefinition[],
  words: Descriptions,
): Record<string, SchemaV2> {
  const custom = served.flatMap(({ row, version }) => customDefinitions(row, version, words));
  const customs = new Set(custom.map(([name]) => name));
  const named = operations.flatMap(({ body, answer }) => [body, answer]).filter((name) => name !== undefined);
  const builtin = closure([...named.filter((name) => !customs.has(name)), `${META}.ListMeta`, `${META}.ObjectMeta`]);
  const found = new Map(builtin.map((name) => [name, builtinV2(name, words)]));
  for (const name of [`${META}.DeleteOptions`, `${META}.WatchEvent`]) {
    const schema = found.get(name);
    if (schema !== undefined) found.set(name, { ...schema, ...everyGroup(name, rows) });
  }
  for (const [name, schema] of custom) found.set(name, customV2(schema));
  return Object.fromEntries(found);
}

function pathsOf(operations: readonly Operation[]): Record<string, PathItemV2> {
  const paths = new Map<string, PathItemV2>();
  for (const operation of operations) {
    const item = paths.get(operation.path) ?? { parameters: parametersOfPath(operation) };
    paths.set(operation.path, { ...item, [operation.method]: operationV2(operation) });
  }
  return Object.fromEntries(paths);
}

function parametersOfPath({ path, kind }: Operation): ParameterV2[] {
  return pathParameters(path, kind.kind).map(parameterV2);
}

function operationV2(operation: Operation): OperationV2 {
  const { action, answer, body } = operation;
  const schema = answer === undefined ? { type: 'string' } : { $ref: `#/definitions/${answer}` };
  const responses = successes(action).map(([code, description]) => [code, { description, schema }]);
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.id,
    consumes: bodyTypes(operation),
    produces: answerTypes(operation),
    schemes: ['https'],
    parameters: [
      ...(body === undefined ? [] : [bodyParameter(action, body)]),
      ...operation.query.map(queryParameter).map(parameterV2),
    ],
    responses: { ...Object.fromEntries(responses), 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': operation.kind,
  };
}

function bodyParameter(action: Action, name: string): ParameterV2 {
  const required = action === 'delete' || action === 'deletecollection' ? {} : { required: true };
  return { name: 'body', in: 'body', ...required, schema: { $ref: `#/definitions/${name}` } };
}

function parameterV2({ name, in: place, type, description }: Parameter): ParameterV2 {
  return { name, in: place, description, ...(place === 'path' ? { required: true } : {}), type, uniqueItems: true };
}
