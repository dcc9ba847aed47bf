/** A small HTTPS client for tests of the Kubernetes API: it shows every header and byte, and takes nothing for granted. */
import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { type Cluster, type ClusterOptions, createCluster } from 'hakobune';
import { parse } from 'yaml';
import type { KubeObject, Status } from '#kube/api';
import { WatchProbe } from './kube-watch.ts';
import { eventually } from './wait.ts';

/** The media types of patches. */
export const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** An HTTP answer, read to its end. */
export interface KubeAnswer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  json<T = KubeObject>(): T;
}

/** What a request may bring: `body` is sent as JSON unless it is text or bytes. */
export interface KubeRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** How a client proves who it is: with neither it is the administrator, with `anonymous` nobody. */
export interface Identity {
  readonly token?: string;
  readonly anonymous?: boolean;
  /** PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** The server answered with an error. */
export class KubeFailure extends Error {
  readonly code: number;
  readonly status: Status;
  readonly answer: KubeAnswer;

  constructor(what: string, answer: KubeAnswer) {
    const status = statusOf(answer);
    super(`${what}: ${answer.code} ${status.reason ?? ''}: ${status.message ?? answer.text.slice(0, 500)}`);
    this.code = answer.code;
    this.status = status;
    this.answer = answer;
  }
}

function statusOf(answer: KubeAnswer): Status {
  try {
    return answer.json<Status>();
  } catch {
    return { message: answer.text } as Status; // Not every error is a Status: proxies and parsers answer as they like.
  }
}

interface KubeconfigDocument {
  readonly users: [{ user: { 'client-certificate-data': string; 'client-key-data': string } }];
  readonly clusters: [{ cluster: { 'certificate-authority-data': string } }];
}

/** A client with one identity and its own connections. */
export class KubeApi implements Disposable {
  readonly url: URL;
  readonly #cluster: Cluster;
  readonly #identity: Identity;
  readonly #agent: Agent;
  readonly #tls: { readonly ca: Buffer; readonly cert?: Buffer | string; readonly key?: Buffer | string };

  constructor(cluster: Cluster, identity: Identity = {}) {
    this.url = new URL(cluster.url);
    this.#cluster = cluster;
    this.#identity = identity;
    this.#tls = { ca: fromBase64(caOf(cluster)), ...certificateOf(cluster, identity) };
    this.#agent = new Agent({ ...this.#tls, keepAlive: true });
  }

  /** The same server as seen by somebody else. Dispose it too. */
  as(identity: Identity): KubeApi {
    return new KubeApi(this.#cluster, identity);
  }

  /** The administrator in the shoes of somebody. */
  impersonating(user: string, ...groups: string[]): KubeApi {
    return this.as({
      headers: { 'impersonate-user': user, ...(groups.length > 0 && { 'impersonate-group': groups }) },
    });
  }

  /** Any request; every answer is an answer. */
  async call(method: string, path: string, options: KubeRequest = {}): Promise<KubeAnswer> {
    const response = await this.open(method, path, options);
    return answerOf(response, await buffer(response));
  }

  /** Sends a request and answers as soon as its headers are there. */
  async open(method: string, path: string, { body, headers = {} }: KubeRequest = {}): Promise<IncomingMessage> {
    const bytes = bytesOf(body);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const outgoing = request({
      agent: this.#agent,
      host: this.url.hostname,
      port: this.url.port,
      method,
      path,
      headers: {
        ...(bytes !== undefined && { 'content-type': 'application/json', 'content-length': bytes.length }),
        ...this.#headers(),
        ...headers,
      },
    });
    outgoing.on('response', resolve).on('error', reject).end(bytes);
    return promise;
  }

  async get<T = KubeObject>(path: string, headers?: KubeRequest['headers']): Promise<T> {
    return this.#succeed('GET', path, { headers });
  }

  async create<T = KubeObject>(path: string, body: unknown, headers?: KubeRequest['headers']): Promise<T> {
    return this.#succeed('POST', path, { body, headers });
  }

  async update<T = KubeObject>(path: string, body: unknown, headers?: KubeRequest['headers']): Promise<T> {
    return this.#succeed('PUT', path, { body, headers });
  }

  async patch<T = KubeObject>(path: string, type: keyof typeof PATCH_TYPES, body: unknown): Promise<T> {
    return this.#succeed('PATCH', path, { body, headers: { 'content-type': PATCH_TYPES[type] } });
  }

  /** Server-side apply; more of the query in `query` (`force=true`). */
  async apply<T = KubeObject>(path: string, manager: string, body: unknown, query = ''): Promise<T> {
    return this.patch(`${path}?fieldManager=${manager}${query === '' ? '' : `&${query}`}`, 'apply', body);
  }

  async delete<T = KubeObject>(path: string, body?: unknown): Promise<T> {
    return this.#succeed('DELETE', path, { body });
  }

  /** Watches; `path` has the query but for `watch=true`. */
  async watch(path: string, headers?: KubeRequest['headers']): Promise<WatchProbe> {
    const response = await this.open('GET', `${path}${path.includes('?') ? '&' : '?'}watch=true`, { headers });
    if (response.statusCode === 200) return new WatchProbe(response);
    throw new KubeFailure(`watch of ${path}`, answerOf(response, await buffer(response)));
  }

  /** A connection for bytes of one's own making. */
  async socket(): Promise<TLSSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect({ ...this.#tls, host: this.url.hostname, port: Number(this.url.port) }, resolve);
    socket.once('error', reject);
    await promise;
    socket.off('error', reject).on('error', () => undefined);
    return socket;
  }

  /** Sends bytes as they are, and answers everything that comes back until the server closes or `idleMs` of silence. */
  async raw(text: string | Buffer, idleMs = 1000): Promise<string> {
    const socket = await this.socket();
    const chunks: Buffer[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('close', () => resolve());
    socket.setTimeout(idleMs, () => resolve());
    socket.write(text);
    await promise;
    socket.destroy();
    return Buffer.concat(chunks).toString('latin1');
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #headers(): Record<string, string | readonly string[]> {
    const { token, headers } = this.#identity;
    return { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers };
  }

  async #succeed<T>(method: string, path: string, { body, headers }: KubeRequest): Promise<T> {
    const answer = await this.call(method, path, { body, ...(headers !== undefined && { headers }) });
    if (answer.code >= 300) throw new KubeFailure(`${method} ${path}`, answer);
    return answer.json<T>();
  }
}

/** A cluster in memory for one test file, with the administrator's client. */
export class TestCluster implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly api: KubeApi;

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.api = new KubeApi(cluster);
  }

  /** By default the API alone: no controllers, no nodes. */
  static async start(options: ClusterOptions = {}): Promise<TestCluster> {
    return new TestCluster(await createCluster({ controllers: false, ...options }));
  }

  /** Makes a namespace and answers its path: `/api/v1/namespaces/NAME`. */
  async namespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<string> {
    await this.api.create('/api/v1/namespaces', { metadata: { name, labels } });
    return `/api/v1/namespaces/${name}`;
  }

  /** Waits for the service account of pods that name none: the controllers make one in every namespace. */
  async defaultServiceAccount(namespacePath: string): Promise<void> {
    const path = `${namespacePath}/serviceaccounts/default`;
    await eventually('the default account', async () => (await this.api.call('GET', path)).code === 200);
  }

  /** Writes until the datastore no longer remembers what was before: 40 changes of an object of 1 MB each. */
  async forgetHistory(): Promise<void> {
    const path = '/api/v1/namespaces/default/configmaps';
    await this.api.create(path, { metadata: { name: 'large' }, data: { large: 'x'.repeat(1_000_000) } });
    for (let count = 0; count < 40; count++) {
      await this.api.patch(`${path}/large`, 'merge', { data: { count: String(count) } });
    }
    await this.api.delete(`${path}/large`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.api[Symbol.dispose]();
    await this.cluster[Symbol.asyncDispose]();
  }
}

/** Asserts that a call fails with `code` (and `reason`); answers the Status. */
export async function refused(call: Promise<unknown>, code: number, reason?: string): Promise<Status> {
  const outcome = await call.then(
    (value) => value,
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof KubeFailure, `expected ${code}, got ${describe(outcome)}`);
  assert.equal(outcome.code, code, outcome.message);
  if (reason !== undefined) assert.equal(outcome.status.reason, reason, outcome.message);
  return outcome.status;
}

function describe(outcome: unknown): string {
  return outcome instanceof Error ? String(outcome) : `success: ${JSON.stringify(outcome)?.slice(0, 500)}`;
}

/** The field at a dotted path; `undefined` where the path ends early. */
export function at(object: unknown, path: string): unknown {
  let value = object;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  }
  return value;
}

/** `Warning` header texts without their code and quotes. */
export function warningsOf({ headers }: KubeAnswer): string[] {
  const { warning = '' } = headers as { warning?: string };
  return [...warning.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
}

function answerOf({ statusCode, headers }: IncomingMessage, bytes: Buffer): KubeAnswer {
  const text = bytes.toString('utf8');
  return { code: statusCode ?? 0, headers, bytes, text, json: () => JSON.parse(text) };
}

function bytesOf(body: unknown): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body as Buffer | undefined;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function documentOf({ kubeconfig }: Cluster): KubeconfigDocument {
  return parse(kubeconfig) as KubeconfigDocument;
}

function caOf(cluster: Cluster): string {
  return documentOf(cluster).clusters[0].cluster['certificate-authority-data'];
}

function certificateOf(cluster: Cluster, { token, anonymous, certificate }: Identity) {
  if (certificate !== undefined) return certificate;
  if (token !== undefined || anonymous === true) return {};
  const { user } = documentOf(cluster).users[0];
  return { cert: fromBase64(user['client-certificate-data']), key: fromBase64(user['client-key-data']) };
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
