import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { errorMessage, isHakoError, log } from '#base';
import { badRequest, internalError, isStatusError, type StatusError, timedOut } from '#kube/api';
import { type RequestInfo, requestInfo, type UserInfo } from '#kube/auth';
import type { Answer, WatchAnswer } from '../answer.ts';
import { isLongRunning } from '../metrics/requests.ts';
import type { RequestBody, Upgrade } from '../request.ts';
import type { IncludeObject } from '../table.ts';
import { CallRequest, type CallSide } from './call-request.ts';
import { credentialsOf } from './credentials.ts';
import { deadlinesOf, type Waiter } from './deadlines.ts';
import { whenGone } from './gone.ts';
import { type Form, negotiate } from './negotiate.ts';
import { notAllowed } from './not-allowed.ts';
import { refuseOtherSites } from './other-sites.ts';
import { readBody } from './read-body.ts';
import { render } from './render.ts';
import { send } from './send.ts';
import type { RequestObserver, Services } from './services.ts';
import { warningHeaders } from './warnings.ts';
import { streamWatch } from './watch-stream.ts';

/** Serves one HTTP request: authenticate → authorize → queue → run → render. Never rejects. */
export async function handle(
  services: Services,
  request: IncomingMessage,
  response: ServerResponse,
  tunnel?: Tunnel,
): Promise<void> {
  const call = new Call(services, request, response, tunnel);
  try {
    await call.run();
  } catch (error) {
    await call.fail(error);
  }
}

/** The connection of a request that wants another protocol, and what came on it already. */
export interface Tunnel {
  readonly socket: Socket;
  readonly head: Buffer;
}

/** Requests that are not streams end after this unless the server is told otherwise, as upstream's. */
const TIMEOUT_MS = 60_000;

/** One request and what came of it. */
class Call implements CallSide, Waiter {
  readonly #services: Services;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #tunnel: Tunnel | undefined;
  readonly #warnings: string[] = [];
  #info: RequestInfo | undefined;
  #form: Form | undefined;
  #observer: RequestObserver | undefined;
  #user: UserInfo | undefined;
  #release: (() => void) | undefined;
  #gone: AbortController | undefined;
  /** The client is being told what went wrong: whatever comes now, comes too late. */
  #hasFailed = false;

  constructor(services: Services, request: IncomingMessage, response: ServerResponse, tunnel: Tunnel | undefined) {
    this.#services = services;
    this.#request = request;
    this.#response = response;
    this.#tunnel = tunnel;
  }

  async run(): Promise<void> {
    const { method = 'GET', url = '/' } = this.#request;
    const info = requestInfo(method, url);
    this.#info = info;
    const found = this.#services.authenticate(credentialsOf(this.#request), info);
    const authentication = found instanceof Promise ? await found : found;
    const { user } = authentication;
    this.#observer = this.#services.observe?.(info, authentication, this.#request, this.#response);
    if (this.#tunnel !== undefined) refuseOtherSites(this.#request);
    const allowed = this.#authorize(info, user);
    if (allowed instanceof Promise) await allowed;
    const seat = this.#services.admitRequest?.(info, user, this.#response);
    this.#release = seat instanceof Promise ? await seat : seat;
    const deadlines = isLongRunning(info) ? undefined : deadlinesOf(this.#services, this.#timeoutMs);
    deadlines?.start(this);
    try {
      await this.#serve(info, user, url);
    } finally {
      deadlines?.end(this);
      this.#release?.();
    }
    this.#observer?.finished(undefined);
  }

  get #timeoutMs(): number {
    return this.#services.requestTimeoutMs ?? TIMEOUT_MS;
  }

  /** Whoever this waits for, a hanging backend or a client that drips: its seat is for others now. */
  expire(): void {
    this.#release?.();
    // The rest of a body that drips would keep the connection for ever.
    if (!this.#request.complete && !this.#response.headersSent) this.#response.setHeader('connection', 'close');
    const error = timedOut(`the request did not finish within ${this.#timeoutMs / 1000} seconds`);
    void this.fail(error);
    this.#gone?.abort(error);
  }

  get signal(): AbortSignal {
    this.#gone ??= whenGone(this.#response);
    return this.#gone.signal;
  }

  async authorizeVerb(verb: string): Promise<void> {
    if (this.#info !== undefined && this.#user !== undefined)
      await this.#authorize({ ...this.#info, verb }, this.#user);
  }

  warn(message: string): void {
    this.#warnings.push(message);
  }

  annotate(key: string, value: string): void {
    this.#observer?.annotate(key, value);
  }

  /** Throws or rejects with a 403. Waits only where an authorizer does. */
  #authorize(info: RequestInfo, user: UserInfo): void | Promise<void> {
    this.#user = user;
    const found = this.#services.authorizer.authorize({ ...info, user });
    const check = ({ decision, reason }: Awaited<typeof found>) => {
      if (decision !== 'allow') throw notAllowed(info, user, reason);
    };
    return found instanceof Promise ? found.then(check) : check(found);
  }

  async #serve(info: RequestInfo, user: UserInfo, url: string): Promise<void> {
    const query = queryOf(url);
    const { headers } = this.#request;
    const body = this.#hasBody ? await this.#body() : undefined;
    const apiRequest = new CallRequest(this, {
      info,
      user,
      query,
      body,
      userAgent: headers['user-agent'] ?? '',
      accept: headers.accept,
      upgrade: this.#tunnel && this.#upgrade(this.#tunnel),
    });
    const found = this.#services.run(apiRequest, this.#request, this.#response);
    const answer = found instanceof Promise ? await found : found;
    if (answer === undefined) return;
    this.#observer?.answer(answer);
    const sent = this.#send(answer, query);
    if (sent instanceof Promise) await sent;
  }

  #upgrade({ socket, head }: Tunnel): Upgrade {
    return {
      head,
      take: () => {
        this.#response.statusCode = 101;
        this.#observer?.started();
        return socket;
      },
    };
  }

  /** What comes after the head of a request for an upgrade is in another protocol. */
  get #hasBody(): boolean {
    const { method } = this.#request;
    return this.#tunnel === undefined && method !== 'GET' && method !== 'HEAD';
  }

  async #body(): Promise<RequestBody | undefined> {
    const body = await bodyOf(this.#request);
    if (body !== undefined) this.#observer?.body(body);
    return body;
  }

  #send(answer: Answer, query: URLSearchParams): void | Promise<void> {
    const response = this.#response;
    if (response.destroyed || response.headersSent || this.#hasFailed) return;
    if (this.#warnings.length > 0) response.setHeader('warning', warningHeaders(this.#warnings));
    const form = this.#negotiate(answer);
    const includeObject = includeObjectOf(query);
    if (answer.type === 'watch') return this.#stream(answer, form, includeObject);
    const pretty = query.get('pretty') === 'true' || query.get('pretty') === '1';
    const found = render(answer, { form, includeObject, pretty, nowMs: Date.now() });
    if (!(found instanceof Promise)) return send(response, found);
    return found.then((rendered) => (this.#hasFailed ? undefined : send(response, rendered)));
  }

  async #stream(answer: WatchAnswer, form: Form, includeObject: IncludeObject): Promise<void> {
    const encode = form.media === 'protobuf' ? (await import('./protobuf-lines.ts')).encodeLine : undefined;
    streamWatch(answer, this.#response, { form, includeObject }, encode);
  }

  #negotiate(answer: Answer): Form {
    // Its maker has chosen already: documents have media types of their own.
    if (answer.type === 'raw') return JSON_FORM;
    const canProtobuf = !('endpoint' in answer && answer.endpoint?.row.custom === true);
    this.#form = negotiate(this.#request.headers.accept, canProtobuf);
    return this.#form;
  }

  /** Tells the client what went wrong, if it still can be told. Never rejects. */
  async fail(error: unknown): Promise<void> {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    try {
      const status = statusErrorOf(error, this.#info);
      this.#tellObserver(status, error);
      await this.#sendStatus(status);
    } catch (cause) {
      log.error('a client could not be told what went wrong', { path: this.#info?.path, error: cause });
      this.#response.destroy();
    }
  }

  async #sendStatus(status: StatusError): Promise<void> {
    const response = this.#response;
    if (response.headersSent || response.destroyed || response.statusCode === 101) {
      response.destroy();
      return;
    }
    if (status.code === 401) response.setHeader('www-authenticate', 'Basic realm="hakobune", Bearer');
    if (status.details?.retryAfterSeconds !== undefined)
      response.setHeader('retry-after', status.details.retryAfterSeconds);
    if (this.#warnings.length > 0) response.setHeader('warning', warningHeaders(this.#warnings));
    // It was meant for what failed.
    response.removeHeader('content-encoding');
    // What is left of a body that nobody wants must not keep the connection.
    if (status.code === 413) response.setHeader('connection', 'close');
    const answer: Answer = { type: 'object', code: status.code, endpoint: undefined, object: () => status.toStatus() };
    const form = this.#form ?? JSON_FORM;
    const rendered = await render(answer, { form, includeObject: 'None', pretty: false, nowMs: 0 });
    // An answer that was on its way when the time was over may have been quicker.
    if (response.headersSent) response.destroy();
    else await send(response, rendered);
  }

  #tellObserver(status: StatusError, error: unknown): void {
    if (this.#observer !== undefined)
      this.#observer.finished(status, status === error || status.code < 500 ? undefined : error);
    else if (this.#info !== undefined) this.#services.refused?.(this.#info, status, this.#request, this.#response);
  }
}

async function bodyOf(request: IncomingMessage): Promise<RequestBody | undefined> {
  const { method, headers } = request;
  const bytes = await readBody(request);
  if (bytes.length === 0 && method === 'DELETE') return undefined;
  return { bytes, contentType: headers['content-type'] ?? '' };
}

const JSON_FORM: Form = { media: 'json', as: undefined, version: 'v1' };
const NO_QUERY = new URLSearchParams();

function queryOf(url: string): URLSearchParams {
  const at = url.indexOf('?');
  return at < 0 ? NO_QUERY : new URLSearchParams(url.slice(at + 1));
}

function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'None' || value === 'Object') return value;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value.slice(0, 64))}`);
}

function statusErrorOf(error: unknown, info: RequestInfo | undefined): StatusError {
  if (isStatusError(error)) return error;
  if (isHakoError(error, 'invalid')) return badRequest(error.message, error);
  log.error('a request failed inside', { verb: info?.verb, path: info?.path, error });
  return internalError(errorMessage(error), error);
}
