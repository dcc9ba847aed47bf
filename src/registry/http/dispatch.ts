import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorMessage, log } from '#base';
import { RegistryError, toRegistryError } from '../errors.ts';
import type { Endpoint, RegistryParts } from '../handlers/handler.ts';
import { ENDPOINTS } from '../handlers/table.ts';
import { checkRepositoryName } from '../names.ts';
import type { AccessLog } from '../observe/access-log.ts';
import { Exchange } from './exchange.ts';
import { type Route, routeOf } from './route.ts';

/** A client that was refused gets so long to finish what it was sending. */
const DRAIN_MS = 10_000;
const WRITES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const NOWHERE: Route = { kind: 'base', repository: '', reference: '' };

/** Leads every request to its endpoint, and turns whatever is thrown into an answer. */
export class Dispatcher {
  readonly #parts: RegistryParts;
  readonly #accessLog: AccessLog | undefined;

  constructor(parts: RegistryParts, accessLog: AccessLog | undefined) {
    this.#parts = parts;
    this.#accessLog = accessLog;
  }

  async serve(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): Promise<void> {
    const startedMs = performance.now();
    const url = request.url ?? '/';
    const question = url.indexOf('?');
    const route = routeOf(question < 0 ? url : url.slice(0, question));
    const search = question < 0 ? '' : url.slice(question + 1);
    const exchange = new Exchange({ request, response, route: route ?? NOWHERE, search, awaitsContinue });
    const end = this.#parts.metrics.began();
    try {
      await this.#handle(exchange, route);
    } catch (error) {
      fail(exchange, error);
    } finally {
      end(route?.kind ?? 'none', request.method ?? '', response.statusCode, exchange.sentBytes, startedMs);
      this.#accessLog?.write(exchange, startedMs);
    }
  }

  async #handle(exchange: Exchange, route: Route | undefined): Promise<void> {
    if (route === undefined) throw new RegistryError('UNSUPPORTED', 'there is nothing here', { status: 404 });
    const endpoint = this.#endpointOf(exchange, route);
    if (endpoint.action !== undefined) this.#checkName(exchange, route);
    const { authorizer } = this.#parts;
    if (authorizer !== undefined && !endpoint.open) {
      const { action } = endpoint;
      const wanted = action === undefined ? undefined : { action, repository: route.repository };
      exchange.access = await authorizer.authorize(exchange.request, wanted);
    }
    if (WRITES.has(exchange.request.method ?? '') && route.kind !== 'token') this.#checkWritable(route);
    await endpoint.handle(this.#parts, exchange);
  }

  #checkName(exchange: Exchange, route: Route): void {
    checkRepositoryName(route.repository);
    route.repository = this.#parts.canonicalName(route.repository, exchange.namespace);
  }

  #checkWritable({ repository }: Route): void {
    const { readOnly, storage } = this.#parts;
    if (readOnly) throw new RegistryError('UNSUPPORTED', 'this registry is read-only');
    const upstream = storage.cachedFrom?.(repository);
    if (upstream === undefined) return;
    const message = `this registry is a cache of ${upstream}: push there, and delete there`;
    throw new RegistryError('UNSUPPORTED', message, { detail: { repository, upstream } });
  }

  #endpointOf({ request }: Exchange, route: Route): Endpoint {
    const endpoints = ENDPOINTS[route.kind];
    const method = request.method ?? '';
    const endpoint = Object.hasOwn(endpoints, method) ? endpoints[method] : undefined;
    if (endpoint !== undefined) return endpoint;
    const headers = { Allow: Object.keys(endpoints).join(', ') };
    throw new RegistryError('UNSUPPORTED', `${method} is not possible here`, { headers });
  }
}

/** Answers with the error, where there is still somebody, and no answer was begun. */
function fail(exchange: Exchange, thrown: unknown): void {
  const { request, response } = exchange;
  const error = toRegistryError(thrown);
  const isGone = request.destroyed && !request.complete;
  if (error.status >= 500 && !isGone && !response.destroyed) {
    log.error('registry request failed', { method: request.method, url: request.url, error: errorMessage(thrown) });
  }
  if (response.headersSent || response.destroyed || isGone) {
    response.destroy();
    return;
  }
  exchange.send(error.status, { 'Content-Type': 'application/json; charset=utf-8', ...error.headers }, error.body);
  if (request.complete) return;
  // Many clients read the answer only when they have sent everything.
  request.resume();
  const timer = setTimeout(() => request.destroy(), DRAIN_MS).unref();
  request.once('close', () => clearTimeout(timer));
}
