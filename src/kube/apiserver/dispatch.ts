import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  methodNotAllowed,
  noSuchPath,
  type ResourceDefinition,
  subresourcesOf,
  unavailable,
  type Verb,
} from '#kube/api';
import type { Storage } from '#kube/storage';
import type { Answer } from './answer.ts';
import type { ApiRequest } from './request.ts';
import { getScale, patchScale, updateScale } from './subresources/scale.ts';
import { create } from './verbs/create.ts';
import { remove } from './verbs/delete.ts';
import { removeCollection } from './verbs/delete-collection.ts';
import { get } from './verbs/get.ts';
import { list } from './verbs/list.ts';
import type { Machinery } from './verbs/machinery.ts';
import { patch } from './verbs/patch.ts';
import type { Target } from './verbs/target.ts';
import { update } from './verbs/update.ts';
import { watch } from './verbs/watch.ts';

/** Serves one subresource, or `create` of a resource that stores nothing. Undefined: it took the HTTP response over. */
export type Handler = (
  target: Target,
  http: IncomingMessage | undefined,
  response: ServerResponse | undefined,
) => Answer | undefined | Promise<Answer | undefined>;

/** Handlers by `<plural>.<group>/<subresource> <verb>`: `pods/binding create`, `subjectaccessreviews.authorization.k8s.io create`. */
export type Handlers = ReadonlyMap<string, Handler>;

/** Finds what a request is about and runs its verb. */
export function dispatch(
  machinery: Machinery,
  storage: Storage,
  handlers: Handlers,
  request: ApiRequest,
  http?: IncomingMessage,
  response?: ServerResponse,
): Answer | undefined | Promise<Answer | undefined> {
  const { info } = request;
  const endpoint = machinery.catalog.find(info.apiGroup, info.apiVersion, info.resource);
  if (endpoint === undefined) throw noSuchPath();
  checkScope(endpoint.row, request);
  checkPath(request);
  const target: Target = {
    machinery,
    endpoint,
    store: machinery.stores.of(endpoint.row),
    request,
    namespace: info.namespace,
    name: info.name,
    subresource: info.subresource,
  };
  if (info.subresource !== '') return runSubresource(target, handlers, http, response);
  const handler = handlers.get(`${nameOf(endpoint.row)} ${info.verb}`);
  if (handler !== undefined) return handler(target, http, response);
  if (!endpoint.row.verbs.includes(info.verb as Verb)) throw methodNotAllowed();
  return run(target, storage);
}

/** Namespaced objects live in a namespace, the others don't; collections can be read over all namespaces. */
function checkScope(row: ResourceDefinition, { info }: ApiRequest): void {
  if (!row.namespaced) {
    if (info.namespace !== '' && row.plural !== 'namespaces') throw noSuchPath();
    return;
  }
  if (info.namespace !== '') return;
  if (info.name !== '' && info.verb !== 'list' && info.verb !== 'watch') throw noSuchPath();
  if (info.verb === 'create' || info.verb === 'deletecollection') throw methodNotAllowed();
}

/**
 * Collections take POST, objects the rest, and only a proxy has paths below a subresource. The authorizer was asked about the name of the
 * path: whoever may do something to one name must not do it to what the body or a selector names.
 */
function checkPath({ info: { verb, name, subresource, rest } }: ApiRequest): void {
  if (rest.length > 0 && subresource !== 'proxy') throw noSuchPath();
  if (subresource !== '') return;
  if (verb === 'create' ? name !== '' : NAMED.has(verb) && name === '') throw methodNotAllowed();
}

const NAMED: ReadonlySet<string> = new Set(['update', 'patch']);

function nameOf(row: ResourceDefinition): string {
  return row.group === '' ? row.plural : `${row.plural}.${row.group}`;
}

function run(target: Target, storage: Storage): Answer | Promise<Answer> {
  switch (target.request.info.verb) {
    case 'get':
      return get(target);
    case 'list':
      return list(target, storage);
    case 'watch':
      return watch(target, storage);
    case 'create':
      return create(target);
    case 'update':
      return update(target);
    case 'patch':
      return patch(target);
    case 'delete':
      return remove(target);
    case 'deletecollection':
      return removeCollection(target, storage);
    default:
      throw methodNotAllowed();
  }
}

function runSubresource(
  target: Target,
  handlers: Handlers,
  http: IncomingMessage | undefined,
  response: ServerResponse | undefined,
): Answer | undefined | Promise<Answer | undefined> {
  const { row, version } = target.endpoint;
  const { subresource } = target;
  const subresources = subresourcesOf(row, version);
  const { verb } = target.request.info;
  const handler =
    handlers.get(`${nameOf(row)}/${subresource} ${verb}`) ?? handlers.get(`${nameOf(row)}/${subresource} *`);
  if (handler !== undefined) return handler(target, http, response);
  const definition = Object.hasOwn(subresources, subresource) ? subresources[subresource] : undefined;
  if (definition === undefined) throw noSuchPath();
  if (!definition.verbs.includes(verb as Verb)) throw methodNotAllowed();
  if (definition.scale !== undefined) return runScale(target, verb);
  // Without rules of its own it is no part of the object: nobody may write the object through it.
  if (definition.strategy === undefined) throw unavailable(`nobody serves ${nameOf(row)}/${subresource}`);
  switch (verb) {
    case 'get':
      return get(target);
    case 'update':
      return update(target);
    case 'patch':
      return patch(target);
    default:
      throw methodNotAllowed();
  }
}

function runScale(target: Target, verb: string): Answer | Promise<Answer> {
  if (verb === 'get') return getScale(target);
  return verb === 'update' ? updateScale(target) : patchScale(target);
}
