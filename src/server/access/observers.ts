import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ApiServer, RequestMetrics, type RequestObserver, type Services } from '#kube/apiserver';
import {
  type AuditLog,
  type AuditRecord,
  type Authentication,
  auditIdOf,
  type Fairness,
  openAuditLog,
  type RequestInfo,
} from '#kube/auth';
import type { ResolvedOptions } from '../options.ts';
import { readOptionFile } from '../read-option-file.ts';

/** Everybody who follows requests: metrics always, the audit log where it is configured. */
export interface Observers extends AsyncDisposable {
  readonly observe: NonNullable<Services['observe']>;
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
    observe(info, authentication, request, response) {
      metrics.observe(info, response);
      const id = auditIdOf(request.headers['audit-id']);
      response.setHeader('audit-id', id);
      return audit === undefined ? undefined : auditObserver(audit, id, info, authentication, request, response);
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

function auditObserver(
  audit: AuditLog,
  id: string,
  info: RequestInfo,
  { user, impersonator }: Authentication,
  request: IncomingMessage,
  response: ServerResponse,
): RequestObserver | undefined {
  const record = audit.begin({
    id,
    info,
    requestUri: request.url ?? '/',
    user: impersonator ?? user,
    sourceIps: [request.socket.remoteAddress ?? ''],
    userAgent: request.headers['user-agent'] ?? '',
  });
  if (record === undefined) return undefined;
  if (impersonator !== undefined) record.impersonating(user);
  return observer(record, info, response);
}

function observer(record: AuditRecord, info: RequestInfo, response: ServerResponse): RequestObserver {
  return {
    body(body) {
      if (record.wantsRequest && 'bytes' in body) record.requestObject(readable(body.bytes));
    },
    answer(answer) {
      if (answer.type === 'watch') record.started(200);
      if (answer.type !== 'object') return;
      if (record.wantsResponse) record.responseObject(answer.object());
      if (info.name === '' && info.verb === 'create') record.objectName(nameOf(answer.object()));
    },
    annotate: (key, value) => record.annotate(key, value),
    finished(error) {
      // A watch is complete when its stream is.
      if (info.verb === 'watch' && error === undefined) response.once('close', () => record.complete(200));
      else record.complete(error?.code ?? response.statusCode, error?.toStatus());
    },
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
