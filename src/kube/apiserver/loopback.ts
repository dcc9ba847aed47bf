import { type GroupVersionResource, internalError, type KubeList, type KubeObject } from '#kube/api';
import type { RequestInfo, UserInfo } from '#kube/auth';
import type {
  CallOptions,
  Client,
  DeleteOptions,
  ListOptions,
  ObjectRef,
  Patch,
  SourcedEvent,
  WatchOptions,
  WriteOptions,
} from '#kube/client';
import { cloneJson } from '#kube/codec';
import type { Answer, ListAnswer } from './answer.ts';
import { eventsOf } from './loopback-watch.ts';
import type { ApiRequest, RequestBody } from './request.ts';

/** Runs one request of this process; the server behind a loopback client. */
export type Run = (request: ApiRequest) => Answer | undefined | Promise<Answer | undefined>;

/** As whom a loopback client speaks; it is trusted, nobody asks whether it may. */
export interface LoopbackIdentity {
  readonly user: UserInfo;
  /** Becomes the field manager. */
  readonly userAgent: string;
}

const NEVER = new AbortController().signal;

/** The API for those who live in the server's process: the same verbs, admission and validation, without HTTP and authorization. */
export class LoopbackClient implements Client {
  readonly #run: Run;
  readonly #identity: LoopbackIdentity;

  constructor(run: Run, identity: LoopbackIdentity) {
    this.#run = run;
    this.#identity = identity;
  }

  async get<T extends KubeObject>(
    resource: GroupVersionResource,
    ref: ObjectRef,
    options: CallOptions & { readonly subresource?: string; readonly resourceVersion?: string } = {},
  ): Promise<T> {
    const { signal, subresource, resourceVersion } = options;
    const query = queryOf(resourceVersion === undefined ? {} : { resourceVersion });
    const call = () => this.#call('get', resource, { ...ref, signal, subresource, query });
    return this.#object(await (signal === undefined ? call() : unlessAborted(signal, call))) as T;
  }

  async list<T extends KubeObject>(resource: GroupVersionResource, options: ListOptions = {}): Promise<KubeList<T>> {
    const answer = await this.#call('list', resource, { ...options, query: queryOf(options) });
    if (answer?.type !== 'list') throw internalError(`a list of ${resource.resource} answered something else`);
    return (await listOf(answer)) as KubeList<T>;
  }

  async *watch<T extends KubeObject>(
    resource: GroupVersionResource,
    options: WatchOptions = {},
  ): AsyncIterable<SourcedEvent<T>> {
    const answer = await this.#call('watch', resource, { ...options, query: queryOf(options) });
    if (answer?.type !== 'watch') throw internalError(`a watch of ${resource.resource} answered something else`);
    yield* eventsOf(answer, options.signal ?? NEVER) as AsyncIterable<SourcedEvent<T>>;
  }

  async create<T extends KubeObject>(
    resource: GroupVersionResource,
    object: KubeObject,
    options: WriteOptions & { readonly namespace?: string; readonly name?: string } = {},
  ): Promise<T> {
    const namespace = options.namespace ?? object.metadata?.namespace ?? '';
    const body = { object: cloneJson(object), contentType: 'application/json' };
    return this.#object(await this.#call('create', resource, { ...options, namespace, body })) as T;
  }

  async update<T extends KubeObject>(
    resource: GroupVersionResource,
    object: KubeObject,
    options: WriteOptions = {},
  ): Promise<T> {
    const { name = '', namespace = '' } = object.metadata;
    const body = { object: cloneJson(object), contentType: 'application/json' };
    return this.#object(await this.#call('update', resource, { ...options, name, namespace, body })) as T;
  }

  async patch<T extends KubeObject>(
    resource: GroupVersionResource,
    ref: ObjectRef,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<T> {
    const query = new URLSearchParams();
    if (patch.type === 'apply' && patch.force === true) query.set('force', 'true');
    const body = { object: cloneJson(patch.body), contentType: PATCH_TYPES[patch.type] };
    return this.#object(await this.#call('patch', resource, { ...options, ...ref, body, query })) as T;
  }

  async delete(
    resource: GroupVersionResource,
    ref: ObjectRef,
    options: DeleteOptions = {},
  ): Promise<KubeObject | undefined> {
    const body = deleteBody(options);
    const object = this.#object(await this.#call('delete', resource, { signal: options.signal, ...ref, body }));
    return object.kind === 'Status' || object.metadata.deletionTimestamp === undefined ? undefined : object;
  }

  async deleteCollection(
    resource: GroupVersionResource,
    list: ListOptions,
    options: DeleteOptions = {},
  ): Promise<void> {
    const body = deleteBody(options);
    await this.#call('deletecollection', resource, {
      signal: options.signal,
      namespace: list.namespace,
      query: queryOf(list),
      body,
    });
  }

  async raw(method: string, path: string): Promise<unknown> {
    throw internalError(`${method} ${path}: the loopback client has resources only`);
  }

  #object(answer: Answer | undefined): KubeObject {
    if (answer?.type !== 'object') throw internalError('the API answered something else than an object');
    const object = answer.json === undefined ? answer.object() : (JSON.parse(answer.json) as KubeObject);
    return object as KubeObject;
  }

  async #call(verb: string, resource: GroupVersionResource, what: CallParts): Promise<Answer | undefined> {
    const query = what.query ?? new URLSearchParams();
    if (what.dryRun === true) query.set('dryRun', 'All');
    if (what.fieldManager !== undefined) query.set('fieldManager', what.fieldManager);
    if (what.fieldValidation !== undefined) query.set('fieldValidation', what.fieldValidation);
    return this.#run({
      info: infoOf(verb, resource, what),
      user: this.#identity.user,
      query,
      body: what.body,
      userAgent: this.#identity.userAgent,
      accept: undefined,
      signal: what.signal ?? NEVER,
      warn: () => undefined,
      annotate: () => undefined,
    });
  }
}

/** Runs a read, and rejects as soon as the signal is aborted, as a connection to a server would: what the read waits for may take seconds. */
async function unlessAborted<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T> {
  if (signal.aborted) throw abortError(signal);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(abortError(signal));
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([aborted, read()]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function abortError({ reason }: AbortSignal): Error {
  return new DOMException('The read was aborted', { name: 'AbortError', cause: reason });
}

interface CallParts extends Omit<WriteOptions, 'signal' | 'subresource'> {
  readonly signal?: AbortSignal | undefined;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly body?: RequestBody | undefined;
  readonly query?: URLSearchParams;
}

const PATCH_TYPES: Readonly<Record<Patch['type'], string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

function infoOf(verb: string, resource: GroupVersionResource, what: CallParts): RequestInfo {
  return {
    isResourceRequest: true,
    path: `(in process) ${resource.resource}`,
    verb,
    apiGroup: resource.group,
    apiVersion: resource.version,
    namespace: what.namespace ?? '',
    resource: resource.resource,
    subresource: what.subresource ?? '',
    name: what.name ?? '',
    rest: [],
  };
}

const LIST_PARAMETERS = [
  'labelSelector',
  'fieldSelector',
  'limit',
  'continue',
  'resourceVersion',
  'resourceVersionMatch',
  'allowWatchBookmarks',
  'sendInitialEvents',
  'timeoutSeconds',
] as const;

/** What lists and watches may say, all of it optional. */
type QueryOptions = Partial<Record<(typeof LIST_PARAMETERS)[number], string | number | boolean>>;

function queryOf(options: QueryOptions): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of LIST_PARAMETERS) {
    const value = options[name];
    if (value !== undefined) query.set(name, String(value));
  }
  return query;
}

function deleteBody({ dryRun, signal: _, ...options }: DeleteOptions): RequestBody {
  const object = { ...options, ...(dryRun === true ? { dryRun: ['All'] } : {}) };
  return { object, contentType: 'application/json' };
}

async function listOf({ endpoint, entries, metadata, convert }: ListAnswer): Promise<KubeList> {
  const { row, version } = endpoint;
  const items =
    convert === undefined ? entries.map((entry) => entry.copy()) : await convert(entries.map((entry) => entry.copy()));
  const apiVersion = row.group === '' ? version.name : `${row.group}/${version.name}`;
  return { apiVersion, kind: row.listKind ?? `${row.kind}List`, metadata, items };
}
