import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AdmissionPlugin } from '#kube/admission';
import { noSuchPath, type ResourceDefinition } from '#kube/api';
import { resolveSchema } from '#kube/api/schema';
import type { Client } from '#kube/client';
import type { Storage } from '#kube/storage';
import type { Answer } from './answer.ts';
import { dispatch, type Handler } from './dispatch.ts';
import { LoopbackClient, type LoopbackIdentity } from './loopback.ts';
import { ObjectView } from './objects.ts';
import type { ApiRequest } from './request.ts';
import { ResourceCatalog } from './resources/catalog.ts';
import { Stores, type StoresOptions } from './store/mod.ts';
import type { Machinery, WriteHook } from './verbs/machinery.ts';

/** What an API server is made of. */
export interface ApiServerOptions extends StoresOptions {
  readonly storage: Storage;
  readonly rows: readonly ResourceDefinition[];
  readonly nowMs?: () => number;
}

/** Serves a path that isn't a resource's: `/version`, `/openapi/v3`. Undefined: it took the response over. */
export type PathHandler = (
  request: ApiRequest,
  http: IncomingMessage | undefined,
  response: ServerResponse | undefined,
) => Answer | undefined | Promise<Answer | undefined>;

/** Serves what the catalog does not know: aggregated APIs. Undefined: not mine. */
export type Fallback = (
  request: ApiRequest,
  http: IncomingMessage | undefined,
  response: ServerResponse | undefined,
) => Promise<Answer | undefined> | undefined;

/**
 * The API machinery without its front: resources, storage, admission and verbs. HTTP, the loopback client and tests run requests on it
 * that are authenticated and allowed already. What the wiring registers here (plugins, handlers, paths) is fixed before it serves.
 */
export class ApiServer implements AsyncDisposable {
  readonly catalog: ResourceCatalog;
  readonly stores: Stores;
  readonly storage: Storage;
  readonly objects: ObjectView;
  /** In the order in which they run. */
  readonly admission: AdmissionPlugin[] = [];
  /** Keys as in `Handlers`: `pods/binding create`. */
  readonly handlers = new Map<string, Handler>();
  /** Keys: `services`, `jobs.batch`. */
  readonly writeHooks = new Map<string, WriteHook>();
  /** By path; one that ends with `/` serves everything below. */
  readonly paths = new Map<string, PathHandler>();
  fallback: Fallback | undefined;
  readonly #machinery: Machinery;

  constructor(options: ApiServerOptions) {
    this.storage = options.storage;
    this.catalog = new ResourceCatalog(options.rows);
    this.stores = new Stores(options.storage, options);
    this.objects = new ObjectView(this.catalog, this.stores);
    this.#machinery = {
      catalog: this.catalog,
      stores: this.stores,
      admission: this.admission,
      resolveSchema,
      nowMs: options.nowMs ?? Date.now,
      writeHooks: this.writeHooks,
    };
  }

  /** Runs a request. Undefined: a handler took the response over. */
  run(
    request: ApiRequest,
    http?: IncomingMessage,
    response?: ServerResponse,
  ): Answer | undefined | Promise<Answer | undefined> {
    const { info } = request;
    if (!info.isResourceRequest) return this.#runPath(request, http, response);
    if (this.fallback !== undefined && this.catalog.find(info.apiGroup, info.apiVersion, info.resource) === undefined) {
      const answer = this.fallback(request, http, response);
      if (answer !== undefined) return answer;
    }
    return dispatch(this.#machinery, this.storage, this.handlers, request, http, response);
  }

  /** The API for those in this process. */
  client(identity: LoopbackIdentity): Client {
    return new LoopbackClient((request) => this.run(request), identity);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.objects[Symbol.asyncDispose]();
    this.stores[Symbol.dispose]();
  }

  #runPath(request: ApiRequest, http: IncomingMessage | undefined, response: ServerResponse | undefined) {
    const { path } = request.info;
    const handler = this.paths.get(path) ?? this.paths.get(path.replace(/\/$/, '')) ?? this.#below(path);
    if (handler !== undefined) return handler(request, http, response);
    const answer = this.fallback?.(request, http, response);
    if (answer !== undefined) return answer;
    throw noSuchPath();
  }

  #below(path: string): PathHandler | undefined {
    for (let at = path.lastIndexOf('/', path.length - 1); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const handler = this.paths.get(path.slice(0, at + 1));
      if (handler !== undefined) return handler;
    }
    return undefined;
  }
}
