import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { Client, ClientDuplexStream, Metadata, ServiceError } from '@grpc/grpc-js';
import { errorMessage, HakoError } from '#base';
import { unavailable } from '#kube/api';
import { storageClosed } from '../errors.ts';
import { authenticateRequest, readAuthenticateResponse } from './messages.ts';

/** How to reach etcd. */
export interface EtcdOptions {
  /** PEM files as kube-apiserver's --etcd-cafile, --etcd-certfile and --etcd-keyfile. */
  caFile?: string;
  certFile?: string;
  keyFile?: string;
  username?: string;
  password?: string;
  /** How long a call may take with all its attempts. Default: 10,000. */
  timeoutMs?: number;
  /** Every how long history is compacted to what it was at the last time; 0: never. Default: 300,000, as upstream. */
  compactEveryMs?: number;
}

type Grpc = typeof import('@grpc/grpc-js');
/** A stream of serialised messages. */
export type RawStream = ClientDuplexStream<Buffer, Buffer>;

/** One attempt: a member that answers nothing must not use up the time of the others. */
const ATTEMPT_MS = 3000;
/** etcd itself gives up a write after 7 s; until then it is not to be doubted. */
const WRITE_ATTEMPT_MS = 8000;
/** Between rounds through all members. */
const ROUND_PAUSE_MS = 100;

/** What etcd says of its own time-outs and changes of leader, which come as UNKNOWN in some versions; of our deadline too where it knows first. */
const PASSING = /timed out|leader changed|no leader|stopped|context (deadline exceeded|canceled)/;

const CHANNEL_OPTIONS = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3000,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
  'grpc.enable_http_proxy': 0,
};

/** TLS asks for servers by name only: Node refuses an address, which grpc-js would give it. */
const ADDRESS_OPTIONS = { ...CHANNEL_OPTIONS, 'grpc.ssl_target_name_override': 'etcd' };

/** A call failed and may have taken effect nevertheless. */
export class UnknownOutcome extends Error {}

/** The members of an etcd cluster, one of which is talked to until it fails. */
export class EtcdConnection implements Disposable {
  readonly #grpc: Grpc;
  readonly #clients: readonly Client[];
  readonly #endpoints: readonly string[];
  readonly #options: EtcdOptions;
  #current = 0;
  #token: string | undefined;
  readonly #closed = new AbortController();

  private constructor(grpc: Grpc, endpoints: readonly string[], clients: readonly Client[], options: EtcdOptions) {
    this.#grpc = grpc;
    this.#endpoints = endpoints;
    this.#clients = clients;
    this.#options = options;
  }

  /** Reads the certificates; connects when the first call is made. */
  static async open(endpoints: readonly string[], options: EtcdOptions): Promise<EtcdConnection> {
    const grpc = await import('@grpc/grpc-js');
    const read = (path: string | undefined) => (path === undefined ? null : readFile(path));
    const [ca, key, cert] = await Promise.all([read(options.caFile), read(options.keyFile), read(options.certFile)]);
    const clients = endpoints.map((endpoint) => {
      const { protocol, hostname, port } = parseEndpoint(endpoint);
      const target = `${hostname}:${port || '2379'}`;
      if (protocol === 'http:') return new grpc.Client(target, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
      const address = hostname.replace(/^\[|\]$/g, '');
      const verify = isIP(address) === 0 ? {} : { checkServerIdentity: verifyAddress(address) };
      const credentials = grpc.credentials.createSsl(ca, key, cert, verify);
      return new grpc.Client(target, credentials, isIP(address) === 0 ? CHANNEL_OPTIONS : ADDRESS_OPTIONS);
    });
    return new EtcdConnection(grpc, endpoints, clients, options);
  }

  /** Aborts when the connection is closed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  [Symbol.dispose](): void {
    this.#closed.abort(storageClosed());
    for (const client of this.#clients) client.close();
  }

  /**
   * Calls `method` (`/etcdserverpb.KV/Range`) on one member after the other until one answers. Rejects with ServiceUnavailable
   * where none does in time, with the `ServiceError` where etcd refused, and, where the call `isWrite`, with UnknownOutcome as
   * soon as it may have been done without an answer.
   */
  async call(
    method: string,
    request: Buffer,
    options: { signal?: AbortSignal; isWrite?: boolean } = {},
  ): Promise<Buffer> {
    const { signal, isWrite = false } = options;
    const deadlineMs = performance.now() + (this.#options.timeoutMs ?? 10_000);
    let failure: unknown = new Error('there was no time');
    for (let attempt = 1; performance.now() < deadlineMs; attempt++) {
      this.#closed.signal.throwIfAborted();
      signal?.throwIfAborted();
      const member = this.#current;
      try {
        return await this.#attempt(
          member,
          method,
          request,
          Math.min(isWrite ? WRITE_ATTEMPT_MS : ATTEMPT_MS, deadlineMs - performance.now()),
          signal,
        );
      } catch (error) {
        this.#closed.signal.throwIfAborted();
        signal?.throwIfAborted();
        failure = error;
        if (this.#isStaleToken(error)) continue;
        if (!this.#isWorthRetrying(error)) throw error;
        this.#moveOnFrom(member);
        if (isWrite && !isNeverSent(error)) throw new UnknownOutcome(errorMessage(error), { cause: error });
      }
      if (attempt % this.#clients.length === 0) await sleep(ROUND_PAUSE_MS, undefined, { signal: this.#closed.signal });
    }
    throw unavailable(
      `etcd (${this.#endpoints.join(', ')}) does not answer: ${errorMessage(failure).replace(/ Resolution note: $/, '')}`,
    );
  }

  /** Opens a stream on the member that answered last; `failed` makes others be tried. */
  async stream(method: string): Promise<{ stream: RawStream; failed: () => void }> {
    const member = this.#current;
    const metadata = await this.#metadata(member);
    const client = this.#clients[member];
    if (client === undefined || this.#closed.signal.aborted) throw storageClosed();
    const stream = client.makeBidiStreamRequest(method, identity, identity, metadata, {});
    return {
      stream,
      failed: () => {
        this.#token = undefined;
        this.#moveOnFrom(member);
      },
    };
  }

  async #attempt(
    member: number,
    method: string,
    request: Buffer,
    timeMs: number,
    signal?: AbortSignal,
  ): Promise<Buffer> {
    const metadata = await this.#metadata(member);
    return this.#unary(member, method, request, metadata, timeMs, signal);
  }

  #unary(
    member: number,
    method: string,
    request: Buffer,
    metadata: Metadata,
    timeMs: number,
    signal?: AbortSignal,
  ): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const client = this.#clients[member];
    if (client === undefined || this.#closed.signal.aborted) return Promise.reject(storageClosed());
    const options = { deadline: Date.now() + timeMs };
    const call = client.makeUnaryRequest(method, identity, identity, request, metadata, options, (error, answer) => {
      signal?.removeEventListener('abort', cancel);
      if (error !== null || answer === undefined) reject(error ?? new Error('etcd gave no answer'));
      else resolve(answer);
    });
    const cancel = () => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    return promise;
  }

  async #metadata(member: number): Promise<Metadata> {
    const metadata = new this.#grpc.Metadata();
    // A member that was cut off from the leader refuses instead of answering late.
    metadata.set('hasleader', 'true');
    const { username, password = '' } = this.#options;
    if (username === undefined) return metadata;
    if (this.#token === undefined) {
      const request = authenticateRequest(username, password);
      const method = '/etcdserverpb.Auth/Authenticate';
      this.#token = readAuthenticateResponse(await this.#unary(member, method, request, metadata, ATTEMPT_MS));
    }
    metadata.set('token', this.#token);
    return metadata;
  }

  #moveOnFrom(member: number): void {
    if (this.#current === member) this.#current = (member + 1) % this.#clients.length;
  }

  #isStaleToken(error: unknown): boolean {
    const isStale = isServiceError(error) && /invalid auth token|revision in header is old/.test(error.details);
    if (isStale) this.#token = undefined;
    return isStale && this.#options.username !== undefined;
  }

  #isWorthRetrying(error: unknown): boolean {
    if (!isServiceError(error)) return false;
    const { UNAVAILABLE, DEADLINE_EXCEEDED, UNKNOWN, CANCELLED, INTERNAL } = this.#grpc.status;
    if ([UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, INTERNAL].includes(error.code)) return true;
    return error.code === UNKNOWN && PASSING.test(error.details);
  }
}

/** True for errors of gRPC. */
export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

/** The connection could not be made, or the member refused before it proposed anything. */
function isNeverSent(error: unknown): boolean {
  return (
    isServiceError(error) && /No connection established|ECONNREFUSED|no leader|Name resolution/.test(error.details)
  );
}

/** Holds the certificate to the address that was called, whatever name TLS was given. */
function verifyAddress(address: string): (name: string, certificate: PeerCertificate) => Error | undefined {
  return (_name, certificate) => checkServerIdentity(address, certificate);
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.parse(endpoint);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new HakoError('invalid', `etcd: "${endpoint}" is not an endpoint: write https://HOST:2379`);
  }
  return url;
}

function identity(bytes: Buffer): Buffer {
  return bytes;
}
