import type { Status } from '#kube/api';
import { formatMicroTime } from '#kube/api/values';
import type { RequestInfo, UserInfo } from '../contract.ts';
import { showUser } from '../reviews/token-review.ts';
import { LogFile, type LogFileOptions } from './log-file.ts';
import { type AuditDecision, type AuditPolicy, type AuditStage, decide } from './policy.ts';

/** What is known of a request when it comes in. */
export interface AuditFacts {
  readonly id: string;
  readonly info: RequestInfo;
  /** Path and query as they were sent. */
  readonly requestUri: string;
  /** Who it really was, before any impersonation. */
  readonly user: UserInfo;
  readonly sourceIps: readonly string[];
  readonly userAgent: string;
}

const NOBODY: UserInfo = { name: '', groups: [] };

/** Larger events go without their bodies. */
const MAX_EVENT_CHARS = 1024 * 1024;

/** Writes events (`audit.k8s.io/v1` Event, one JSON object a line) of requests that the policy wants. */
export class AuditLog implements AsyncDisposable {
  readonly #policy: AuditPolicy;
  readonly #file: LogFile;
  readonly #nowMs: () => number;

  constructor(policy: AuditPolicy, file: LogFileOptions) {
    this.#policy = policy;
    this.#file = new LogFile(file);
    this.#nowMs = file.nowMs ?? Date.now;
  }

  /** Events that could not be written. */
  get lost(): number {
    return this.#file.lost;
  }

  /** Begins the record of a request; undefined where the policy wants nothing of it. */
  begin(facts: AuditFacts): AuditRecord | undefined {
    const decision = decide(this.#policy, facts.info, facts.user);
    if (decision.level === 'None') return undefined;
    const record = new AuditRecord(facts, decision, (line) => this.#file.write(line), this.#nowMs);
    record.emit('RequestReceived');
    return record;
  }

  /** Notes a request of nobody knows whom, which was refused: one event, that of the answer. */
  unauthenticated(facts: Omit<AuditFacts, 'user'>, code: number, message: string): void {
    const decision = decide(this.#policy, facts.info, NOBODY);
    if (decision.level === 'None') return;
    const all = { ...facts, user: NOBODY };
    const record = new AuditRecord(all, decision, (line) => this.#file.write(line), this.#nowMs);
    record.emit('ResponseStarted', { metadata: {}, message, code });
  }

  async flush(): Promise<void> {
    await this.#file.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}

/** One request on its way through the server. */
export class AuditRecord {
  readonly #facts: AuditFacts;
  readonly #decision: AuditDecision;
  readonly #write: (line: string) => void;
  readonly #nowMs: () => number;
  readonly #receivedMs: number;
  readonly #annotations = new Map<string, string>();
  #impersonated: UserInfo | undefined;
  #objectName = '';
  #requestObject: unknown;
  #responseObject: unknown;

  constructor(facts: AuditFacts, decision: AuditDecision, write: (line: string) => void, nowMs: () => number) {
    this.#facts = facts;
    this.#decision = decision;
    this.#write = write;
    this.#nowMs = nowMs;
    this.#receivedMs = nowMs();
  }

  /** True where the policy wants the object that was sent: `requestObject` is worth its price. */
  get wantsRequest(): boolean {
    return this.#decision.level === 'Request' || this.#decision.level === 'RequestResponse';
  }

  /** True where it wants the object that was answered. */
  get wantsResponse(): boolean {
    return this.#decision.level === 'RequestResponse';
  }

  /** Adds a fact that somebody on the way found; the first word on a key stands. */
  annotate(key: string, value: string): void {
    if (!this.#annotations.has(key)) this.#annotations.set(key, value);
  }

  impersonating(user: UserInfo): void {
    this.#impersonated = user;
  }

  /** The object that was sent; read at once, it may change later. */
  requestObject(object: unknown): void {
    if (this.wantsRequest) this.#requestObject = this.#copy(object);
  }

  responseObject(object: unknown): void {
    if (this.wantsResponse) this.#responseObject = this.#copy(object);
  }

  /** The name that the server gave to what has none yet (`generateName`). */
  objectName(name: string): void {
    this.#objectName = name;
  }

  /** For streams: the answer has begun. */
  started(code: number): void {
    this.emit('ResponseStarted', { metadata: {}, code });
  }

  /** The answer is out. `status` of failures says why. */
  complete(code: number, status?: Status): void {
    const { status: outcome, message, reason, details } = status ?? {};
    this.emit('ResponseComplete', {
      metadata: {},
      ...(outcome === undefined ? {} : { status: outcome }),
      ...(message === undefined ? {} : { message }),
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    });
  }

  /** The server itself failed, in a way that nobody had foreseen. */
  panicked(error: unknown): void {
    const message = `APIServer panic'd: ${error instanceof Error ? error.message : String(error)}`;
    this.emit('Panic', { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 });
  }

  emit(stage: AuditStage, responseStatus?: object): void {
    if (this.#decision.omitStages.has(stage)) return;
    const event = this.#event(stage, responseStatus);
    let line = JSON.stringify(event);
    if (line.length > MAX_EVENT_CHARS) {
      const { requestObject: _, responseObject: __, ...rest } = event;
      line = JSON.stringify({ ...rest, annotations: { ...rest.annotations, 'audit.k8s.io/truncated': 'true' } });
    }
    this.#write(line);
  }

  #event(stage: AuditStage, responseStatus: object | undefined) {
    const { id, requestUri, info, user, sourceIps, userAgent } = this.#facts;
    const impersonated = this.#impersonated;
    return {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: this.#decision.level,
      auditID: id,
      stage,
      requestURI: requestUri,
      verb: info.verb,
      user: showUser(user),
      ...(impersonated === undefined ? {} : { impersonatedUser: showUser(impersonated) }),
      sourceIPs: sourceIps,
      userAgent,
      ...(info.isResourceRequest ? { objectRef: objectRef(info, this.#objectName) } : {}),
      ...(responseStatus === undefined ? {} : { responseStatus }),
      ...(this.#requestObject === undefined ? {} : { requestObject: this.#requestObject }),
      ...(this.#responseObject === undefined ? {} : { responseObject: this.#responseObject }),
      requestReceivedTimestamp: formatMicroTime(this.#receivedMs),
      stageTimestamp: formatMicroTime(this.#nowMs()),
      ...(this.#annotations.size === 0 ? {} : { annotations: Object.fromEntries(this.#annotations) }),
    };
  }

  #copy(object: unknown): unknown {
    const copy = structuredClone(object);
    if (this.#decision.omitManagedFields) dropManagedFields(copy);
    return copy;
  }
}

function objectRef(info: RequestInfo, givenName: string) {
  const { resource, namespace, apiGroup, apiVersion, subresource } = info;
  const name = info.name || givenName;
  return {
    resource,
    ...(namespace === '' ? {} : { namespace }),
    ...(name === '' ? {} : { name }),
    ...(apiGroup === '' ? {} : { apiGroup }),
    apiVersion,
    ...(subresource === '' ? {} : { subresource }),
  };
}

function dropManagedFields(object: unknown): void {
  const { metadata, items } = object as { metadata?: { managedFields?: unknown }; items?: unknown[] };
  if (metadata !== undefined) delete metadata.managedFields;
  for (const item of items ?? []) dropManagedFields(item);
}
