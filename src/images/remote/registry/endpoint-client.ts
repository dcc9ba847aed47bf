import { HakoError } from '#base';
import { Authorizer } from '../auth/authorizer.ts';
import type { CredentialsFor } from '../auth/credentials.ts';
import type { Endpoint } from '../hosts/endpoint.ts';
import { Agents } from '../http/agents.ts';
import { discard } from '../http/body.ts';
import { exchange, type HttpAnswer, type RequestBody } from '../http/exchange.ts';
import { isTransient, statusError } from './status-error.ts';

export interface EndpointRequest {
  method: string;
  /** Below `/v2/`, or an absolute address that the registry itself gave (a `Location`). */
  path: string | URL;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: RequestBody;
  /** What a token must allow. */
  scopes: readonly string[];
  signal?: AbortSignal;
}

const MAX_REDIRECTS = 10;
const USER_AGENT = 'hakobune';

/** One address of a registry: authenticated requests that follow redirects. Disposing it closes its connections. */
export class EndpointClient implements Disposable {
  readonly endpoint: Endpoint;
  readonly #agents: Agents;
  readonly #authorizer: Authorizer;

  /** `domain` is the name that credentials are kept under; of a mirror its own. */
  constructor(endpoint: Endpoint, domain: string, credentialsFor: CredentialsFor) {
    this.endpoint = endpoint;
    this.#agents = new Agents(endpoint.base.origin, endpoint.tls);
    this.#authorizer = new Authorizer({
      url: endpoint.base,
      allowsHttp: endpoint.allowsHttp,
      agents: this.#agents,
      credentials: () => credentialsFor(endpoint.mirrorOf === undefined ? domain : endpoint.base.host),
    });
  }

  /**
   * Sends a request; answers whatever status comes, but those that may pass (429, 5xx) throw `TransientError`. A 401 is answered
   * with what the registry asks for, once.
   */
  async send(request: EndpointRequest): Promise<HttpAnswer> {
    const used = await this.#authorizer.header(request.scopes, request.signal);
    const answer = await this.#follow(request, used);
    if (answer.status !== 401 || answer.url.origin !== this.endpoint.base.origin) return this.#checked(answer);
    if (!(await this.#authorizer.accept(answer.headers['www-authenticate'], used))) return answer;
    await discard(answer);
    return this.#checked(await this.#follow(request, await this.#authorizer.header(request.scopes, request.signal)));
  }

  async #checked(answer: HttpAnswer): Promise<HttpAnswer> {
    if (isTransient(answer.status)) throw await statusError(answer, answer.url.host);
    return answer;
  }

  /** The address of a request. A `Location` of the same host keeps our scheme: proxies make registries believe in HTTP. */
  urlOf({ path, query = {} }: EndpointRequest): URL {
    const { base, mirrorOf } = this.endpoint;
    const url = new URL(path, base);
    if (url.hostname === base.hostname && base.protocol === 'https:') url.protocol = 'https:';
    for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value);
    if (mirrorOf !== undefined && typeof path === 'string') url.searchParams.set('ns', mirrorOf);
    return url;
  }

  async #follow(request: EndpointRequest, authorization: string | undefined): Promise<HttpAnswer> {
    let url = this.urlOf(request);
    for (let count = 0; count <= MAX_REDIRECTS; count++) {
      const answer = await this.#exchange(request, url, authorization);
      const target = redirectOf(answer, request.method);
      if (target === undefined) return answer;
      await discard(answer);
      url = this.#checkedTarget(target, url);
    }
    throw new HakoError('unavailable', `${this.endpoint.base.host} redirects in a circle`);
  }

  #exchange(request: EndpointRequest, url: URL, authorization: string | undefined): Promise<HttpAnswer> {
    const { method, body, signal } = request;
    const isOwn = url.origin === this.endpoint.base.origin;
    // Another host gets neither credentials nor the headers of hosts.toml.
    const own = isOwn ? { ...this.endpoint.headers, ...(authorization ? { Authorization: authorization } : {}) } : {};
    const headers = { 'User-Agent': USER_AGENT, 'Accept-Encoding': 'identity', ...request.headers, ...own };
    const options = { ...(body ? { body } : {}), ...(signal ? { signal } : {}) };
    return exchange({ method, url, headers, agents: this.#agents, ...options });
  }

  #checkedTarget(target: string, from: URL): URL {
    const url = URL.parse(target, from);
    const isDowngrade = url?.protocol === 'http:' && from.protocol === 'https:' && !this.endpoint.allowsHttp;
    if (url === null || !['http:', 'https:'].includes(url.protocol) || isDowngrade) {
      throw new HakoError('invalid', `${from.host} redirects to ${JSON.stringify(target.slice(0, 100))}: refused`);
    }
    url.username = '';
    url.password = '';
    return url;
  }

  [Symbol.dispose](): void {
    this.#agents[Symbol.dispose]();
  }
}

/** 307 and 308 keep the method; older codes are followed for what changes nothing. */
function redirectOf({ status, headers }: HttpAnswer, method: string): string | undefined {
  if (![301, 302, 303, 307, 308].includes(status)) return undefined;
  if (status < 307 && method !== 'GET' && method !== 'HEAD') return undefined;
  return headers.location;
}
