import { type GroupVersionResource, groupVersion, type KubeList, type KubeObject, type WatchEvent } from '#kube/api';
import type {
  CallOptions,
  Client,
  DeleteOptions,
  ListOptions,
  ObjectRef,
  Patch,
  WatchOptions,
  WriteOptions,
} from '../contract.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { lines } from './lines.ts';

const PATCH_TYPES: Readonly<Record<Patch['type'], string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The Kubernetes API over HTTPS: any API server, ours or another. */
export class HttpClient implements Client, Disposable {
  readonly #connection: Connection;

  constructor(options: ConnectionOptions) {
    this.#connection = new Connection(options);
  }

  get<T extends KubeObject>(
    resource: GroupVersionResource,
    ref: ObjectRef,
    {
      signal,
      subresource,
      resourceVersion,
    }: CallOptions & { readonly subresource?: string; readonly resourceVersion?: string } = {},
  ): Promise<T> {
    return this.#json('GET', path(resource, ref, subresource), { resourceVersion }, { signal });
  }

  list<T extends KubeObject>(
    resource: GroupVersionResource,
    { signal, namespace, ...query }: ListOptions = {},
  ): Promise<KubeList<T>> {
    return this.#json('GET', path(resource, { namespace }), query, { signal });
  }

  async *watch<T extends KubeObject>(
    resource: GroupVersionResource,
    { signal, namespace, ...query }: WatchOptions = {},
  ): AsyncIterable<WatchEvent<T>> {
    const response = await this.#connection.open({
      method: 'GET',
      path: path(resource, { namespace }) + queryText({ ...query, watch: true }),
      signal,
    });
    try {
      for await (const line of lines(response)) yield JSON.parse(line) as WatchEvent<T>;
    } finally {
      response.destroy();
    }
  }

  create<T extends KubeObject>(
    resource: GroupVersionResource,
    object: KubeObject,
    options: WriteOptions & { readonly namespace?: string; readonly name?: string } = {},
  ): Promise<T> {
    const namespace = options.namespace ?? object.metadata?.namespace;
    return this.#write('POST', path(resource, { namespace, name: options.name }, options.subresource), object, options);
  }

  update<T extends KubeObject>(
    resource: GroupVersionResource,
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<T> {
    const { name, namespace } = object.metadata;
    return this.#write('PUT', path(resource, { namespace, name }, options.subresource), object, options);
  }

  patch<T extends KubeObject>(
    resource: GroupVersionResource,
    ref: ObjectRef,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<T> {
    const force = patch.type === 'apply' ? patch.force : undefined;
    const contentType = PATCH_TYPES[patch.type];
    return this.#write('PATCH', path(resource, ref, options.subresource), patch.body, options, { force }, contentType);
  }

  async delete(
    resource: GroupVersionResource,
    ref: ObjectRef,
    { signal, dryRun, ...options }: DeleteOptions = {},
  ): Promise<KubeObject | undefined> {
    const body = JSON.stringify(deleteBody(options, dryRun));
    const object = await this.#json<KubeObject>('DELETE', path(resource, ref), {}, { signal, body });
    return object.kind === 'Status' || object.metadata.deletionTimestamp === undefined ? undefined : object;
  }

  async deleteCollection(
    resource: GroupVersionResource,
    { namespace, signal: _, ...query }: ListOptions,
    { signal, dryRun, ...options }: DeleteOptions = {},
  ): Promise<void> {
    const body = JSON.stringify(deleteBody(options, dryRun));
    await this.#json('DELETE', path(resource, { namespace }), query, { signal, body });
  }

  async raw(
    method: string,
    rawPath: string,
    { signal, body }: CallOptions & { readonly body?: unknown } = {},
  ): Promise<unknown> {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const { text, contentType } = await this.#connection.text({ method, path: rawPath, signal, body: sent });
    return contentType.startsWith('application/json') ? (JSON.parse(text) as unknown) : text;
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  #write<T>(
    method: string,
    where: string,
    body: unknown,
    { signal, dryRun, fieldManager, fieldValidation }: WriteOptions,
    more: Query = {},
    contentType?: string,
  ): Promise<T> {
    const query = { dryRun: dryRun === true ? 'All' : undefined, fieldManager, fieldValidation, ...more };
    return this.#json(method, where, query, { signal, contentType, body: JSON.stringify(body) });
  }

  async #json<T>(
    method: string,
    where: string,
    query: Query,
    call: { signal?: AbortSignal | undefined; body?: string; contentType?: string | undefined },
  ): Promise<T> {
    const { text } = await this.#connection.text({ method, path: where + queryText(query), ...call });
    return JSON.parse(text) as T;
  }
}

function deleteBody(options: object, dryRun: boolean | undefined): object {
  return { apiVersion: 'v1', kind: 'DeleteOptions', ...options, ...(dryRun === true ? { dryRun: ['All'] } : {}) };
}

/** `/apis/apps/v1/namespaces/default/deployments/web/status`. */
function path(
  resource: GroupVersionResource,
  { namespace, name }: { readonly namespace?: string | undefined; readonly name?: string | undefined },
  subresource?: string,
): string {
  const root = resource.group === '' ? '/api' : '/apis';
  const space = (namespace ?? '') === '' ? '' : `/namespaces/${encodeURIComponent(namespace ?? '')}`;
  const object = (name ?? '') === '' ? '' : `/${encodeURIComponent(name ?? '')}`;
  const below = (subresource ?? '') === '' ? '' : `/${subresource}`;
  return `${root}/${groupVersion(resource)}${space}/${resource.resource}${object}${below}`;
}

function queryText(query: Query): string {
  const set = Object.entries(query).filter(
    (pair): pair is [string, string | number | boolean] => pair[1] !== undefined,
  );
  if (set.length === 0) return '';
  return `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)])).toString()}`;
}
