import { noSuchPath } from '#kube/api';
import type { RawAnswer } from '../answer.ts';
import type { ApiServer } from '../apiserver.ts';
import { Discovery } from './discovery.ts';
import { type HealthCheck, health } from './health.ts';
import { OpenapiV2, OpenapiV3 } from './openapi.ts';
import { VERSION } from './version.ts';

/** The parts of a server's description that others add to. */
export interface Documents {
  readonly discovery: Discovery;
  readonly openapi: { readonly v3: OpenapiV3; readonly v2: OpenapiV2 };
}

/** Registers the paths that describe the server: version, health, discovery, OpenAPI. `serverAddress` gives `HOST:PORT`, once it is known. */
export function serveDocuments(
  server: ApiServer,
  serverAddress: () => string,
  checks: ReadonlyMap<string, HealthCheck>,
): Documents {
  const { paths, catalog } = server;
  const discovery = new Discovery(catalog, serverAddress);
  const openapi = new OpenapiV3(catalog);
  const v2 = new OpenapiV2(catalog);
  for (const root of ['api', 'apis'] as const) {
    paths.set(`/${root}`, (request, http) => discovery.root(root, request, http));
    paths.set(`/${root}/`, (request, http, response) => {
      const answer = discovery.below(request.info.path) ?? server.fallback?.(request, http, response);
      if (answer === undefined) throw noSuchPath();
      return answer;
    });
  }
  paths.set('/openapi/v3', () => openapi.index());
  paths.set('/openapi/v3/', (request, http) => openapi.document(request, http));
  paths.set('/openapi/v2', (request) => v2.document(request));
  paths.set('/version', () => jsonDocument(VERSION));
  for (const root of ['livez', 'readyz', 'healthz']) {
    paths.set(`/${root}`, (request) => health(root, checks, request));
    paths.set(`/${root}/`, (request) => health(root, checks, request));
  }
  paths.set('/', () => jsonDocument({ paths: [...paths.keys()].filter((path) => !path.endsWith('/')).sort() }));
  return { discovery, openapi: { v3: openapi, v2 } };
}

function jsonDocument(value: unknown): RawAnswer {
  return { type: 'raw', code: 200, contentType: 'application/json', body: JSON.stringify(value) };
}
