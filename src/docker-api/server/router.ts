import type { Api } from './api-context.ts';
import type { Exchange } from './exchange.ts';

export type Handler = (exchange: Exchange, api: Api) => void | Promise<void>;
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';

/**
 * One endpoint. In the path `:id` matches one segment and `*name` one or more (image names contain slashes, which
 * rules out most router libraries). `hijack`: the connection may be taken over after the request.
 */
export interface Route {
  method: Method;
  path: string;
  handler: Handler;
  hijack?: boolean;
}

interface CompiledRoute extends Route {
  pattern: RegExp;
}

export interface RouteMatch {
  route: Route;
  params: Record<string, string>;
}

/** Finds the endpoint of a request by its method and first segment, then by pattern in the order of the table. */
export class Router {
  readonly #routes = new Map<string, CompiledRoute[]>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const key = bucketOf(route.method, route.path);
      const bucket = this.#routes.get(key) ?? [];
      bucket.push({ ...route, pattern: compile(route.path) });
      this.#routes.set(key, bucket);
    }
  }

  /** Parameters are percent-decoded; a malformed escape matches nothing. */
  match(method: string, path: string): RouteMatch | undefined {
    for (const route of this.#routes.get(bucketOf(method, path)) ?? []) {
      const match = route.pattern.exec(path);
      if (match !== null) return { route, params: decoded(match.groups ?? {}) };
    }
    return undefined;
  }
}

function bucketOf(method: string, path: string): string {
  const end = path.indexOf('/', 1);
  return `${method} ${end === -1 ? path : path.slice(0, end)}`;
}

function compile(path: string): RegExp {
  const source = path.replace(/:(\w+)/g, '(?<$1>[^/]+)').replace(/\*(\w+)/g, '(?<$1>.+)');
  return new RegExp(`^${source}/?$`);
}

function decoded(groups: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([key, value]) => [key, decodeOrKeep(value)]));
}

function decodeOrKeep(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
