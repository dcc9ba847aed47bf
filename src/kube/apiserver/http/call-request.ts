import type { RequestInfo, UserInfo } from '#kube/auth';
import type { ApiRequest, RequestBody, Upgrade } from '../request.ts';

/** What the request of a call can ask of the call. */
export interface CallSide {
  readonly signal: AbortSignal;
  authorizeVerb(verb: string): Promise<void>;
  warn(message: string): void;
  annotate(key: string, value: string): void;
}

interface Parts extends Pick<ApiRequest, 'info' | 'user' | 'query' | 'body' | 'userAgent' | 'accept'> {
  readonly upgrade: Upgrade | undefined;
}

/** A request over HTTP as the verbs see it. Its functions are made for those who want them: a read of an object wants none. */
export class CallRequest implements ApiRequest {
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly query: URLSearchParams;
  readonly body: RequestBody | undefined;
  readonly userAgent: string;
  readonly accept: string | undefined;
  readonly upgrade?: Upgrade;
  readonly #call: CallSide;

  constructor(call: CallSide, parts: Parts) {
    this.info = parts.info;
    this.user = parts.user;
    this.query = parts.query;
    this.body = parts.body;
    this.userAgent = parts.userAgent;
    this.accept = parts.accept;
    if (parts.upgrade !== undefined) this.upgrade = parts.upgrade;
    this.#call = call;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get authorize() {
    return (verb: string) => this.#call.authorizeVerb(verb);
  }

  get warn() {
    return (message: string) => this.#call.warn(message);
  }

  get annotate() {
    return (key: string, value: string) => this.#call.annotate(key, value);
  }
}
