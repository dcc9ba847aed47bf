import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { unauthorized } from '#kube/api';
import { requestInfo } from '../request-info.ts';
import { auditIdOf } from './audit-id.ts';
import { AuditLog } from './audit-log.ts';
import { LogFile } from './log-file.ts';
import { decide, parseAuditPolicy } from './policy.ts';

const JANE = { name: 'jane', groups: ['dev'] };
const HEADER = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n';

const POLICY = parseAuditPolicy(`${HEADER}
omitStages: [RequestReceived]
omitManagedFields: true
rules:
- { level: None, users: [noise] }
- { level: None, nonResourceURLs: ['/livez', '/openapi/*'] }
- { level: Metadata, resources: [{ group: '', resources: [secrets, 'serviceaccounts/token'] }] }
- { level: Request, resources: [{ group: '', resources: ['pods/*'] }] }
- { level: Request, verbs: [delete], namespaces: [a] }
- { level: RequestResponse, resources: [{ group: apps }], omitStages: [ResponseStarted] }
- { level: Request, resources: [{ group: '', resources: [configmaps], resourceNames: [mine] }] }
- { level: Metadata, userGroups: [dev] }
`);

const LEVELS: readonly [string, string, string][] = [
  ['GET', '/livez', 'None'],
  ['GET', '/livez/x', 'Metadata'],
  ['GET', '/openapi/v3', 'None'],
  ['PUT', '/api/v1/namespaces/a/secrets/x', 'Metadata'],
  ['POST', '/api/v1/namespaces/a/serviceaccounts/x/token', 'Metadata'],
  ['POST', '/api/v1/namespaces/a/pods/x/exec', 'Request'],
  ['DELETE', '/api/v1/namespaces/a/services/x', 'Request'],
  ['DELETE', '/api/v1/namespaces/b/services/x', 'Metadata'],
  ['PUT', '/apis/apps/v1/namespaces/b/deployments/x/scale', 'RequestResponse'],
  ['PUT', '/api/v1/namespaces/b/configmaps/mine', 'Request'],
  ['PUT', '/api/v1/namespaces/b/configmaps/other', 'Metadata'],
];

test('decide follows the first rule that is about a request', () => {
  for (const [method, url, level] of LEVELS) {
    assert.equal(decide(POLICY, requestInfo(method, url), JANE).level, level, `${method} ${url}`);
  }
  assert.equal(decide(POLICY, requestInfo('GET', '/api'), { name: 'noise', groups: ['dev'] }).level, 'None');
  assert.equal(decide(POLICY, requestInfo('GET', '/api'), { name: 'x', groups: [] }).level, 'None', 'no rule');
  const { omitStages } = decide(POLICY, requestInfo('GET', '/apis/apps/v1/deployments'), JANE);
  assert.deepEqual([...omitStages].sort(), ['RequestReceived', 'ResponseStarted']);
});

test('parseAuditPolicy says what is wrong', () => {
  const parse = (rules: string) => () => parseAuditPolicy(`${HEADER}rules: ${rules}`);
  assert.throws(() => parseAuditPolicy('kind: Policy'), /apiVersion audit.k8s.io\/v1/);
  assert.throws(() => parseAuditPolicy(''), /apiVersion/);
  assert.throws(parse('[]'), /no rules/);
  assert.throws(parse('[{level: All}]'), /rules\[0\].level/);
  assert.throws(parse('[{level: None, omitStages: [Never]}]'), /rules\[0\].omitStages/);
  assert.throws(parse('[{level: None, users: jane}]'), /conditions are lists/);
  assert.throws(
    parse('[{level: None, namespaces: [a], nonResourceURLs: [/x]}]'),
    /both regular resources and non-resource/,
  );
});

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'hako-audit-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function linesOf(path: string) {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function facts(method: string, url: string) {
  const info = requestInfo(method, url);
  return { id: 'id-1', info, requestUri: url, user: JANE, sourceIps: ['192.0.2.1'], userAgent: 'kubectl' };
}

test('an audit log writes what the policy wants of a request', async (t) => {
  const path = join(temporary(t), 'audit.log');
  const log = new AuditLog(POLICY, { path, nowMs: () => Date.UTC(2026, 0, 1) });
  const record = log.begin(facts('PUT', '/apis/apps/v1/namespaces/a/deployments/x?dryRun=All'));
  assert.ok(record?.wantsRequest && record.wantsResponse);
  const object = { metadata: { name: 'x', managedFields: [1] }, spec: { replicas: 1 } };
  record.requestObject(object);
  object.spec.replicas = 2;
  record.responseObject(object);
  record.impersonating({ name: 'bob', groups: [] });
  record.annotate('authorization.k8s.io/decision', 'allow');
  record.annotate('authorization.k8s.io/decision', 'forbid');
  record.complete(200);
  await log[Symbol.asyncDispose]();
  assert.deepEqual(linesOf(path), [
    {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      auditID: 'id-1',
      stage: 'ResponseComplete',
      requestURI: '/apis/apps/v1/namespaces/a/deployments/x?dryRun=All',
      verb: 'update',
      user: { username: 'jane', groups: ['dev'] },
      impersonatedUser: { username: 'bob' },
      sourceIPs: ['192.0.2.1'],
      userAgent: 'kubectl',
      objectRef: { resource: 'deployments', namespace: 'a', name: 'x', apiGroup: 'apps', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 200 },
      requestObject: { metadata: { name: 'x' }, spec: { replicas: 1 } },
      responseObject: { metadata: { name: 'x' }, spec: { replicas: 2 } },
      requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
      stageTimestamp: '2026-01-01T00:00:00.000000Z',
      annotations: { 'authorization.k8s.io/decision': 'allow' },
    },
  ]);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('an audit log keeps bodies out where the policy wants metadata', async (t) => {
  const path = join(temporary(t), 'audit.log');
  const log = new AuditLog(POLICY, { path });
  const record = log.begin(facts('PUT', '/api/v1/namespaces/a/secrets/x'));
  record?.requestObject({ data: { password: 'c2VjcmV0' } });
  record?.responseObject({ data: { password: 'c2VjcmV0' } });
  record?.started(200);
  record?.complete(401, unauthorized().toStatus());
  assert.equal(log.begin(facts('GET', '/livez')), undefined);
  await log[Symbol.asyncDispose]();
  assert.ok(!readFileSync(path, 'utf8').includes('c2VjcmV0'));
  const lines = linesOf(path);
  assert.deepEqual(
    lines.map(({ stage }) => stage),
    ['ResponseStarted', 'ResponseComplete'],
  );
  assert.equal(lines[1].responseStatus.reason, 'Unauthorized');
});

test('an event that is too large goes without its bodies, and lines in texts stay in their line', async (t) => {
  const path = join(temporary(t), 'audit.log');
  const log = new AuditLog(POLICY, { path });
  const record = log.begin({
    ...facts('POST', '/apis/apps/v1/namespaces/a/deployments'),
    userAgent: 'a\n{"forged":1}',
  });
  record?.requestObject({ data: 'x'.repeat(2_000_000) });
  record?.objectName('given');
  record?.complete(201);
  await log[Symbol.asyncDispose]();
  const [event, ...others] = linesOf(path);
  assert.equal(others.length, 0);
  assert.equal(event.annotations['audit.k8s.io/truncated'], 'true');
  assert.equal(event.requestObject, undefined);
  assert.equal(event.objectRef.name, 'given');
});

test('a log file turns over by size and keeps as many as it should', async (t) => {
  const directory = temporary(t);
  let nowMs = Date.UTC(2026, 0, 1);
  const path = join(directory, 'audit.log');
  const file = new LogFile({ path, maxBytes: 100, maxBackups: 2, nowMs: () => nowMs });
  for (let index = 0; index < 6; index++) {
    file.write(`${index}${'x'.repeat(60)}`);
    await file.flush();
    nowMs += 1000;
  }
  await file[Symbol.asyncDispose]();
  assert.deepEqual(readdirSync(directory).sort(), [
    'audit-2026-01-01T00-00-04.000.log',
    'audit-2026-01-01T00-00-05.000.log',
    'audit.log',
  ]);
  assert.match(readFileSync(path, 'utf8'), /^5x+\n$/);
});

test('a log file removes what is too old, and goes on with the file that is there', async (t) => {
  const directory = temporary(t);
  let nowMs = Date.UTC(2026, 0, 1);
  const path = join(directory, 'audit.log');
  const options = { path, maxBytes: 10, maxAgeDays: 1, nowMs: () => nowMs };
  for (const text of ['first line', 'second line', 'third line']) {
    const file = new LogFile(options);
    file.write(text);
    await file[Symbol.asyncDispose]();
    nowMs += 36 * 3600_000;
  }
  assert.equal(readdirSync(directory).length, 2, 'the one of three days ago is gone');
});

test('a log file bounds what waits, and counts what is lost', async (t) => {
  const file = new LogFile({ path: join(temporary(t), 'audit.log'), maxBufferedChars: 100 });
  for (let index = 0; index < 30; index++) file.write('0123456789');
  assert.equal(file.lost, 20);
  await file[Symbol.asyncDispose]();
  const nowhere = new LogFile({ path: '/nonexistent/folder/audit.log' });
  nowhere.write('x');
  await nowhere.flush();
  assert.equal(nowhere.lost, 1);
  await nowhere[Symbol.asyncDispose]();
});

test('auditIdOf takes a sane id of the client, and makes one otherwise', () => {
  assert.equal(auditIdOf('abc-1'), 'abc-1');
  for (const header of [undefined, '', 'a b', 'x'.repeat(65), 'a\nb', ['a', 'b']]) {
    assert.match(auditIdOf(header), /^[0-9a-f-]{36}$/);
  }
});

test('AuditLog writes down a failure that nobody had foreseen as a panic, and nobody as one event', async (t) => {
  const path = join(temporary(t), 'audit.log');
  await using log = new AuditLog(parseAuditPolicy(`${HEADER}rules: [{level: Metadata}]`), { path });
  const facts = { id: 'a', info: requestInfo('GET', '/api'), requestUri: '/api', sourceIps: [], userAgent: '' };
  log.begin({ ...facts, user: JANE })?.panicked(new Error('boom'));
  log.unauthenticated({ ...facts, id: 'b' }, 401, 'Authentication failed, no credentials provided');
  await log.flush();
  const events = linesOf(path);
  assert.deepEqual(
    events.map(({ auditID, stage }) => [auditID, stage]),
    [
      ['a', 'RequestReceived'],
      ['a', 'Panic'],
      ['b', 'ResponseStarted'],
    ],
  );
  assert.deepEqual(events[1].responseStatus, {
    metadata: {},
    status: 'Failure',
    message: "APIServer panic'd: boom",
    reason: 'InternalError',
    code: 500,
  });
  assert.deepEqual(events[2].responseStatus.code, 401);
});
