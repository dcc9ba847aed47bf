import type { ServerResponse } from 'node:http';
import type { RequestInfo } from '#kube/auth';
import type { ApiServer } from '../apiserver.ts';
import { storagePrefix } from '../store/mod.ts';
import { MetricsRegistry } from './registry.ts';

const LABELS = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component', 'code'];
const DURATION_LABELS = LABELS.slice(0, -1);
const BOUNDS_S = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5, 10, 30, 60];
const COMPONENT = 'apiserver';

/** The metrics of an API server, under upstream's names. */
export class RequestMetrics {
  readonly registry = new MetricsRegistry();
  readonly #server: ApiServer;
  readonly #inflight = { readOnly: 0, mutating: 0 };
  readonly #longRunning = new Map<string, number>();
  readonly #total;
  readonly #duration;

  constructor(server: ApiServer) {
    this.#server = server;
    const { registry } = this;
    this.#total = registry.counter('apiserver_request_total', 'Requests by verb, resource and answer.', LABELS);
    const help = 'How long requests took, in seconds.';
    this.#duration = registry.histogram('apiserver_request_duration_seconds', help, DURATION_LABELS, BOUNDS_S);
    registry.gauge('apiserver_current_inflight_requests', 'Requests under way.', ['request_kind'], () =>
      Object.entries(this.#inflight).map(([kind, value]) => [[kind], value]),
    );
    registry.gauge('apiserver_longrunning_requests', 'Watches and streams under way.', ['resource'], () =>
      [...this.#longRunning].map(([resource, value]) => [[resource], value]),
    );
    registry.gauge(
      'apiserver_storage_objects',
      'Stored objects by resource, of those that are loaded.',
      ['resource'],
      () => this.#objects(),
    );
    registry.gauge('process_resident_memory_bytes', 'Resident memory.', [], () => [[[], process.memoryUsage.rss()]]);
    registry.gauge('process_cpu_seconds_total', 'Time on the processors.', [], () => [[[], cpuSeconds()]]);
    registry.gauge('process_start_time_seconds', 'When the server started.', [], () => [
      [[], Math.round(Date.now() / 1000 - process.uptime())],
    ]);
  }

  /** Counts a request from now to its end. */
  observe(info: RequestInfo, response: ServerResponse): void {
    const start = performance.now();
    const long = isLongRunning(info);
    const kind = MUTATING.has(info.verb) ? 'mutating' : 'readOnly';
    if (long) this.#longRunning.set(info.resource, (this.#longRunning.get(info.resource) ?? 0) + 1);
    else this.#inflight[kind]++;
    response.once('close', () => {
      if (long) this.#longRunning.set(info.resource, (this.#longRunning.get(info.resource) ?? 1) - 1);
      else this.#inflight[kind]--;
      const labels = labelsOf(info, this.#server);
      this.#total.add([...labels, String(response.statusCode)]);
      if (!long) this.#duration.observe(labels, (performance.now() - start) / 1000);
    });
  }

  *#objects(): Iterable<readonly [readonly string[], number]> {
    for (const row of this.#server.catalog.rows()) {
      if (row.stored === false || storagePrefix(row) === '') continue;
      const { size } = this.#server.stores.of(row).cache;
      if (size > 0) yield [[row.group === '' ? row.plural : `${row.plural}.${row.group}`], size];
    }
  }
}

const MUTATING = new Set(['create', 'update', 'patch', 'delete', 'deletecollection', 'post', 'put']);

/** Requests that last as long as somebody wants. */
export function isLongRunning({ verb, subresource }: RequestInfo): boolean {
  return verb === 'watch' || verb === 'proxy' || LONG_SUBRESOURCES.has(subresource);
}

const LONG_SUBRESOURCES = new Set(['attach', 'exec', 'portforward', 'proxy', 'log']);

/** Names of paths and resources that nobody serves are not labels: anybody could make up as many as they like. */
function labelsOf(
  { verb, apiGroup, apiVersion, resource, subresource, namespace, name, isResourceRequest }: RequestInfo,
  server: ApiServer,
): string[] {
  const known = isResourceRequest && server.catalog.find(apiGroup, apiVersion, resource) !== undefined;
  const scope = !isResourceRequest ? '' : name !== '' ? 'resource' : namespace !== '' ? 'namespace' : 'cluster';
  const what = known ? [apiGroup, apiVersion, resource, subresource.slice(0, 32)] : ['', '', '', ''];
  return [verb.toUpperCase(), ...what, scope, COMPONENT];
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
