import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StatusError } from '#kube/api';
import type { Authentication, Authorizer, Credentials, RequestInfo, UserInfo } from '#kube/auth';
import type { Answer } from '../answer.ts';
import type { ApiRequest, RequestBody } from '../request.ts';

/** What the HTTP side needs of the server. */
export interface Services {
  /** Who it is, impersonation included; a 401 StatusError for nobody. */
  authenticate(credentials: Credentials, info: RequestInfo): Authentication | Promise<Authentication>;
  readonly authorizer: Authorizer;
  /** How long a request that is no stream may take, once it has its seat: 504 after that. Default: a minute. */
  readonly requestTimeoutMs?: number | undefined;
  /** Runs the request; undefined when the handler took the response over (proxy). */
  run(
    request: ApiRequest,
    http: IncomingMessage,
    response: ServerResponse,
  ): Answer | undefined | Promise<Answer | undefined>;
  /** Priority and fairness: waits for a seat; the answer gives it back. Throws a 429. */
  admitRequest?(
    info: RequestInfo,
    user: UserInfo,
    response: ServerResponse,
  ): (() => void) | undefined | Promise<(() => void) | undefined>;
  /** Metrics and audit: told when a request starts. */
  observe?(
    info: RequestInfo,
    authentication: Authentication,
    request: IncomingMessage,
    response: ServerResponse,
  ): RequestObserver | undefined;
  /** Told of requests that got no further than asking who they are: nobody observes them. */
  refused?(info: RequestInfo, error: StatusError, request: IncomingMessage, response: ServerResponse): void;
}

/** Who follows a request through the server: the audit log. */
export interface RequestObserver {
  body(body: RequestBody): void;
  answer(answer: Answer): void;
  /** The connection was taken over: the answer is `101`, what follows is in another protocol. */
  started(): void;
  annotate(key: string, value: string): void;
  /** The answer was sent, or what was sent was an error; `panic` is what it was made of where nobody had foreseen it. More calls do nothing. */
  finished(error: StatusError | undefined, panic?: unknown): void;
}
