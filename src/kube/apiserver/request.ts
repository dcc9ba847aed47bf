import type { Socket } from 'node:net';
import type { RequestInfo, UserInfo } from '#kube/auth';

/** A body as it came: bytes over HTTP, or an object from the same process, which belongs to the request. */
export type RequestBody =
  | { readonly bytes: Buffer; readonly contentType: string }
  | { readonly object: unknown; readonly contentType: string };

/** A connection whose client wants to speak another protocol (WebSocket, SPDY) on it. */
export interface Upgrade {
  /** What the client sent after its request already. */
  readonly head: Buffer;
  /**
   * Takes the connection over: from now on all bytes on it are the taker's, the `101 Switching Protocols` first. Who doesn't take it
   * answers as to any request, and the connection ends with that.
   */
  take(): Socket;
}

/** One call of the API, over HTTP or from the same process, after it was authenticated and allowed. */
export interface ApiRequest {
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly query: URLSearchParams;
  readonly body: RequestBody | undefined;
  readonly userAgent: string;
  /** The Accept header, for handlers that answer in forms of their own. */
  readonly accept: string | undefined;
  readonly signal: AbortSignal;
  /** Undefined: the client wants an answer and nothing else. */
  readonly upgrade?: Upgrade;
  /**
   * Throws a 403 unless the user may also do this to the same object: a PUT that turns out to create does more than it asked for. Absent
   * in this process, where nobody is asked.
   */
  readonly authorize?: (verb: string) => Promise<void>;
  /** Adds a `Warning: 299` header; said twice it is sent once. */
  readonly warn: (message: string) => void;
  /** Adds an annotation to the audit event. */
  readonly annotate: (key: string, value: string) => void;
}
