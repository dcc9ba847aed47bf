import type { IncomingMessage, ServerResponse } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { errorMessage } from '#base';
import { type GroupVersionResource, groupVersion, ignoring, isStatusError, type Shared, unavailable } from '#kube/api';
import { type ApiGroup, type ApiGroupDiscovery, compareVersions } from '#kube/api/discovery';
import { formatTime } from '#kube/api/values';
import { type Answer, type ApiRequest, type ApiServer, type Documents, resolveService } from '#kube/apiserver';
import { type Client, type Informer, type Informers, keyOf, WorkQueue } from '#kube/client';
import { API_SERVICES, type ApiService, type Condition, isAvailable, isRemote } from './api-service.ts';
import { type Backend, forward, forwardUpgrade } from './forward.ts';
import { getJson } from './probe.ts';
import { discoveryOf } from './remote-discovery.ts';
import { RemoteOpenapi } from './remote-openapi.ts';

/** What the aggregation layer works with. */
export interface AggregatorOptions {
  readonly server: ApiServer;
  readonly documents: Documents;
  readonly client: Client;
  readonly informers: Informers;
  /** The front proxy's client certificate, PEM. */
  readonly proxy: { readonly cert: string; readonly key: string };
}

/** How often a server that was well is asked again. */
const PROBE_MS = 30_000;
const RETRY_MS = 5_000;

/**
 * API aggregation: requests of group versions that an APIService gives to another server are passed on to it, what it serves is shown in
 * discovery and in OpenAPI, and the APIService says whether it answers.
 */
export class Aggregator implements AsyncDisposable {
  readonly #options: AggregatorOptions;
  readonly #informer: Informer<ApiService>;
  readonly #queue: WorkQueue;
  readonly #discoveries = new Map<string, ApiGroupDiscovery>();
  readonly #openapi = new RemoteOpenapi();
  readonly #subscription: Disposable;

  constructor(options: AggregatorOptions) {
    this.#options = options;
    this.#informer = options.informers.of<ApiService>(API_SERVICES);
    this.#queue = new WorkQueue({ name: 'apiservice-availability', reconcile: (key) => this.#reconcile(key) });
    const add = (service: Shared<ApiService>) => this.#queue.add(keyOf(service));
    this.#subscription = this.#informer.handle({ onAdd: add, onUpdate: add, onDelete: add });
    options.documents.discovery.others = { groups: () => this.#groups(), discoveries: () => this.#merged() };
    options.documents.openapi.v3.others = this.#openapi;
    options.documents.openapi.v2.others = this.#openapi;
    options.server.fallback = (request, http, response) => this.#serve(request, http, response);
  }

  /** Resolves when it is known which groups are other servers'. */
  ready(): Promise<void> {
    return this.#informer.synced();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    await this.#queue[Symbol.asyncDispose]();
  }

  #find({ info }: ApiRequest): Shared<ApiService> | undefined {
    const [group, version] = info.isResourceRequest ? [info.apiGroup, info.apiVersion] : pathGroupVersion(info.path);
    if (group === '' || version === '') return undefined;
    const service = this.#informer.get(`${version}.${group}`);
    return service !== undefined && isRemote(service) ? service : undefined;
  }

  #serve(
    request: ApiRequest,
    http: IncomingMessage | undefined,
    response: ServerResponse | undefined,
  ): Promise<Answer | undefined> | undefined {
    const service = this.#find(request);
    if (service === undefined) return undefined;
    return this.#forward(service, request, http, response);
  }

  async #forward(
    service: Shared<ApiService>,
    request: ApiRequest,
    http: IncomingMessage | undefined,
    response: ServerResponse | undefined,
  ): Promise<undefined> {
    if (!isAvailable(service) || http === undefined || response === undefined) {
      throw unavailable('the server is currently unable to handle the request');
    }
    const { user, body, upgrade } = request;
    const backend = await this.#backend(service);
    if (upgrade !== undefined) return forwardUpgrade(backend, user, http, upgrade, response) as Promise<undefined>;
    const bytes = body !== undefined && 'bytes' in body ? body.bytes : undefined;
    return forward(backend, user, http, bytes, response) as Promise<undefined>;
  }

  async #backend({ spec }: Shared<ApiService>): Promise<Backend> {
    const { service, caBundle, insecureSkipTLSVerify } = spec ?? {};
    if (service === undefined || service === null) throw unavailable('the API service has no service');
    return {
      ...(await resolveService(this.#options.server.objects, service)),
      ca: caBundle === undefined ? undefined : Buffer.from(caBundle, 'base64').toString('utf8'),
      insecure: insecureSkipTLSVerify === true,
      ...this.#options.proxy,
    };
  }

  /** Asks the server behind an API service what it serves, and notes whether it answered. */
  async #reconcile(name: string): Promise<{ requeueAfterMs: number } | undefined> {
    await this.#informer.synced();
    const service = this.#informer.get(name);
    if (service === undefined || !isRemote(service)) {
      if (this.#discoveries.delete(name)) this.#options.documents.discovery.forget();
      if (this.#openapi.remove(name)) this.#forgetOpenapi();
      if (service !== undefined) await this.#setCondition(service, LOCAL);
      return undefined;
    }
    const condition = await this.#probe(name, service);
    await this.#setCondition(service, condition);
    if (condition.status === 'True') await this.#updateOpenapi(name, service);
    return { requeueAfterMs: condition.status === 'True' ? PROBE_MS : RETRY_MS };
  }

  async #probe(name: string, service: Shared<ApiService>): Promise<Condition> {
    const { group = '', version = '' } = service.spec ?? {};
    try {
      const list = await getJson(await this.#backend(service), `/apis/${groupVersion({ group, version })}`);
      this.#show(name, discoveryOf(group, version, list));
      return { type: 'Available', status: 'True', reason: 'Passed', message: 'all checks passed' };
    } catch (error) {
      // What it had is shown on, so that nobody takes it for gone; and that it is not sure any more.
      this.#show(name, staleDiscovery(this.#discoveries.get(name), group, version));
      const reason = isStatusError(error) ? reasonOf(error.message) : 'FailedDiscoveryCheck';
      return { type: 'Available', status: 'False', reason, message: errorMessage(error) };
    }
  }

  #show(name: string, discovery: ApiGroupDiscovery): void {
    if (isDeepStrictEqual(this.#discoveries.get(name), discovery)) return;
    this.#discoveries.set(name, discovery);
    this.#options.documents.discovery.forget();
  }

  async #updateOpenapi(name: string, service: Shared<ApiService>): Promise<void> {
    const { group = '', version = '' } = service.spec ?? {};
    if (await this.#openapi.update(name, await this.#backend(service), group, version)) this.#forgetOpenapi();
  }

  #forgetOpenapi(): void {
    this.#options.documents.openapi.v3.forget();
    this.#options.documents.openapi.v2.forget();
  }

  async #setCondition(service: Shared<ApiService>, condition: Condition): Promise<void> {
    const before = service.status?.conditions?.find(({ type }) => type === condition.type);
    if (
      before?.status === condition.status &&
      before.reason === condition.reason &&
      before.message === condition.message
    )
      return;
    const name = service.metadata.name ?? '';
    const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : formatTime(Date.now());
    const status = { conditions: [{ ...condition, lastTransitionTime }] };
    await ignoring(
      this.#options.client.patch(
        API_SERVICES,
        { name },
        { type: 'merge', body: { status } },
        { subresource: 'status' },
      ),
      'NotFound',
    );
  }

  /** What the other servers have in namespaces, and which of them cannot say so now: for those who empty namespaces. */
  namespacedResources(): OtherResources {
    const all = [...this.#discoveries.values()].flatMap(({ metadata: { name: group = '' }, versions }) =>
      versions.map((one) => ({ group, ...one })),
    );
    return {
      resources: all
        .filter(({ freshness }) => freshness === 'Current')
        .flatMap(({ group, version, resources }) =>
          resources
            .filter(({ scope, verbs }) => scope === 'Namespaced' && verbs.includes('list') && verbs.includes('delete'))
            .map(({ resource, verbs }) => ({
              group,
              version,
              resource,
              hasDeleteCollection: verbs.includes('deletecollection'),
            })),
        ),
      unknown: [...all.filter(({ freshness }) => freshness === 'Stale'), ...this.#notAsked()].map(groupVersion),
    };
  }

  /** Group versions of servers that have not answered for the first time, nor failed to. */
  #notAsked(): { group: string; version: string }[] {
    return this.#informer
      .list()
      .filter((service) => isRemote(service) && !this.#discoveries.has(keyOf(service)))
      .map(({ spec: { group = '', version = '' } = {} }) => ({ group, version }));
  }

  #groups(): ApiGroup[] {
    return this.#merged().map(({ metadata: { name = '' }, versions }) => {
      const all = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
      return { name, versions: all, preferredVersion: all[0] as (typeof all)[0] };
    });
  }

  /** One entry a group, its versions in order. */
  #merged(): ApiGroupDiscovery[] {
    const groups = new Map<string, ApiGroupDiscovery>();
    for (const { metadata, versions } of this.#discoveries.values()) {
      const known = groups.get(metadata.name ?? '');
      const all = [...(known?.versions ?? []), ...versions].sort((a, b) => compareVersions(a.version, b.version));
      groups.set(metadata.name ?? '', { metadata, versions: all });
    }
    return [...groups.values()];
  }
}

/** What aggregated servers have, as far as they say it. */
export interface OtherResources {
  readonly resources: readonly (GroupVersionResource & { readonly hasDeleteCollection: boolean })[];
  /** Group versions whose servers cannot be asked: `metrics.k8s.io/v1beta1`. */
  readonly unknown: readonly string[];
}

/** What is shown of a server that does not answer: what it had, or that there is something. */
function staleDiscovery(known: ApiGroupDiscovery | undefined, group: string, version: string): ApiGroupDiscovery {
  const { metadata, versions } = known ?? {
    metadata: { name: group, creationTimestamp: null },
    versions: [{ version, freshness: 'Stale', resources: [] }],
  };
  return { metadata, versions: versions.map((one) => ({ ...one, freshness: 'Stale' })) };
}

const LOCAL: Condition = {
  type: 'Available',
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
};

function reasonOf(message: string): string {
  if (message.includes('not found')) return 'ServiceNotFound';
  if (message.includes('service port')) return 'ServicePortError';
  return message.includes('no endpoints') ? 'MissingEndpoints' : 'FailedDiscoveryCheck';
}

/** `/apis/<group>/<version>` and what is below. */
function pathGroupVersion(path: string): [group: string, version: string] {
  const [root, group = '', version = ''] = path.split('/').filter((part) => part !== '');
  return root === 'apis' ? [group, version] : ['', ''];
}
