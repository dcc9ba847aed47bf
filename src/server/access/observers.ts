import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StatusError } from '#kube/api';
import {
  type ApiServer,
  isLongRunning,
  type MetricsRegistry,
  RequestMetrics,
  type RequestObserver,
  type Services,
} from '#kube/apiserver';
import {
  type AuditLog,
  type AuditRecord,
  type Authentication,
  attemptsOf,
  auditIdOf,
  type Fairness,
  type LevelState,
  openAuditLog,
  RefusedImpersonation,
  type RequestInfo,
} from '#kube/auth';
import type { ResolvedOptions } from '../options.ts';
import { readOptionFile } from '../read-option-file.ts';

/** Everybody who follows requests: metrics always, the audit log where it is configured. */
export interface Observers extends AsyncDisposable {
  readonly observe: NonNullable<Services['observe']>;
  readonly refused: NonNullable<Services['refused']>;
  readonly metrics: MetricsRegistry;
}

const AUDIT_BACKUPS = 10;

/** Opens metrics and audit log, and serves `/metrics`. */
export async function openObservers(
  server: ApiServer,
  fairness: Fairness,
  options: ResolvedOptions,
): Promise<Observers> {
  const metrics = new RequestMetrics(server);
  countFlows(metrics, fairness);
  server.paths.set('/metrics', () => ({
    type: 'raw',
    code: 200,
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    body: metrics.registry.text(),
  }));
  const audit = await openAudit(options);
  return {
    metrics: metrics.registry,
    observe(info, authentication, request, response) {
      metrics.observe(info, response);
      const id = nameRequest(request, response);
      return audit === undefined ? undefined : auditObserver(audit, id, info, authentication, request, response);
    },
    refused(info, error, request, response) {
      const id = nameRequest(request, response);
      if (audit !== undefined) auditRefusal(audit, id, info, error, request);
    },
    async [Symbol.asyncDispose]() {
      await audit?.[Symbol.asyncDispose]();
    },
  };
}

async function openAudit({ audit }: ResolvedOptions): Promise<AuditLog | undefined> {
  if (audit?.log === undefined) return undefined;
  const policy = audit.policy === undefined ? METADATA_OF_ALL : readOptionFile('audit-policy', audit.policy);
  return openAuditLog(policy, { path: audit.log, maxBackups: AUDIT_BACKUPS });
}

/** The policy where there is a log and no policy. */
const METADATA_OF_ALL = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
});

function countFlows({ registry }: RequestMetrics, fairness: Fairness): void {
  const level = (name: string, help: string, of: (state: LevelState) => number) =>
    registry.gauge(name, help, ['priority_level'], () =>
      fairness.levels().map((state) => [[state.priorityLevel], of(state)]),
    );
  level('apiserver_flowcontrol_nominal_limit_seats', 'Seats that a level has for itself.', (one) => one.nominalSeats);
  level('apiserver_flowcontrol_current_executing_requests', 'Requests that have a seat.', (one) => one.executing);
  level('apiserver_flowcontrol_current_inqueue_requests', 'Requests that wait for one.', (one) => one.waiting);
  const labels = ['priority_level', 'flow_schema'];
  registry.gauge('apiserver_flowcontrol_dispatched_requests_total', 'Requests that got a seat.', labels, () =>
    fairness.counters().map(({ priorityLevel, flowSchema, dispatched }) => [[priorityLevel, flowSchema], dispatched]),
  );
  registry.gauge(
    'apiserver_flowcontrol_rejected_requests_total',
    'Requests that got none.',
    [...labels, 'reason'],
    () =>
      fairness
        .counters()
        .flatMap(({ priorityLevel, flowSchema, rejected }) =>
          Object.entries(rejected).map(([reason, count]) => [[priorityLevel, flowSchema, reason], count] as const),
        ),
  );
}

/** Gives a request the id by which audit events and the client know it. */
function nameRequest(request: IncomingMessage, response: ServerResponse): string {
  const id = auditIdOf(request.headers['audit-id']);
  response.setHeader('audit-id', id);
  return id;
}

function factsOf(request: IncomingMessage) {
  return {
    requestUri: request.url ?? '/',
    sourceIps: [request.socket.remoteAddress ?? ''],
    userAgent: request.headers['user-agent'] ?? '',
  };
}

/** Who could not say who he is, or may not be who he wants to be. */
function auditRefusal(
  audit: AuditLog,
  id: string,
  info: RequestInfo,
  error: StatusError,
  request: IncomingMessage,
): void {
  const facts = { id, info, ...factsOf(request) };
  if (error instanceof RefusedImpersonation) {
    audit.begin({ ...facts, user: error.impersonator })?.complete(error.code, error.toStatus());
  } else audit.unauthenticated(facts, error.code, attemptsOf(request));
}

function auditObserver(
  audit: AuditLog,
  id: string,
  info: RequestInfo,
  { user, impersonator }: Authentication,
  request: IncomingMessage,
  response: ServerResponse,
): RequestObserver | undefined {
  const record = audit.begin({ id, info, ...factsOf(request), user: impersonator ?? user });
  if (record === undefined) return undefined;
  if (impersonator !== undefined) record.impersonating(user);
  return observer(record, info, response);
}

function observer(record: AuditRecord, info: RequestInfo, response: ServerResponse): RequestObserver {
  // Of a request that lasts, also the beginning of the answer is told.
  const started = onlyOnce((code: number) => isLongRunning(info) && record.started(code));
  if (isLongRunning(info)) followHead(response, started);
  const complete = onlyOnce((error: StatusError | undefined, panic: unknown) => {
    started(error?.code ?? response.statusCode);
    if (panic === undefined) record.complete(error?.code ?? response.statusCode, error?.toStatus());
    else record.panicked(panic);
  });
  return {
    body(body) {
      if (record.wantsRequest && 'bytes' in body) record.requestObject(readable(body.bytes));
    },
    answer(answer) {
      if (answer.type !== 'object') return;
      if (record.wantsResponse) record.responseObject(answer.object());
      if (info.name === '' && info.verb === 'create') record.objectName(nameOf(answer.object()));
    },
    started: () => started(101),
    annotate: (key, value) => record.annotate(key, value),
    finished(error, panic) {
      // A stream is complete when its connection is.
      if (error !== undefined || response.writableEnded || response.destroyed) complete(error, panic);
      else response.once('close', () => complete(undefined, undefined));
    },
  };
}

function onlyOnce<A extends unknown[]>(run: (...given: A) => void): (...given: A) => void {
  let done = false;
  return (...given) => {
    if (done) return;
    done = true;
    run(...given);
  };
}

/** Tells the code as soon as it is decided, whoever writes the answer: streams go on for long. */
function followHead(response: ServerResponse, started: (code: number) => void): void {
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
  response.writeHead = (...given: unknown[]) => {
    started(given[0] as number);
    return writeHead(...given);
  };
}

/** Bodies that aren't JSON are not shown. */
function readable(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) };
  }
}

function nameOf(object: object): string {
  return 'metadata' in object ? ((object.metadata as { name?: string }).name ?? '') : '';
}
