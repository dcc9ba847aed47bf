/** Who asks: audit, service accounts and their tokens, reviews, certificates. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe } from 'node:test';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';
import { it } from './support/scenario.ts';

const folder = forAllTests(mkdtempDisposableSync(join(tmpdir(), 'hako-flow-'))).path;
const auditLog = join(folder, 'audit.log');
const policy = join(folder, 'policy.json');
const rules = [
  { level: 'None', resources: [{ group: '', resources: ['events'] }] },
  { level: 'Metadata', resources: [{ group: '', resources: ['secrets'] }] },
  { level: 'RequestResponse', resources: [{ group: '', resources: ['configmaps'] }] },
  { level: 'None' },
];
writeFileSync(
  policy,
  JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules }),
);
const test = forAllTests(await TestCluster.start({ controllers: true, server: { audit: { policy, log: auditLog } } }));
const { api } = test;

before(() => test.defaultServiceAccount('/api/v1/namespaces/default'));

describe('the audit log', () => {
  interface AuditEvent {
    readonly level: string;
    readonly verb: string;
    readonly objectRef?: { resource: string; name?: string };
    readonly requestObject?: unknown;
    readonly responseObject?: unknown;
    readonly responseStatus?: { code: number };
    readonly user: { username: string };
    readonly impersonatedUser?: { username: string };
  }
  const events = () =>
    (existsSync(auditLog) ? readFileSync(auditLog, 'utf8') : '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AuditEvent);

  async function logged(fits: (event: AuditEvent) => boolean): Promise<AuditEvent> {
    await eventually('the event is logged', () => events().some(fits));
    return events().find(fits) as AuditEvent;
  }

  it('has bodies where the policy wants them', async () => {
    await api.create('/api/v1/namespaces/default/configmaps', { metadata: { name: 'audited' }, data: { a: '1' } });
    const event = await logged(({ verb, objectRef }) => verb === 'create' && objectRef?.name === 'audited');
    assert.equal(event.level, 'RequestResponse');
    assert.deepEqual(at(event.requestObject, 'data'), { a: '1' });
    assert.ok(at(event.responseObject, 'metadata.uid'));
    assert.equal(event.responseStatus?.code, 201);
  });

  it('has no bodies under Metadata', async () => {
    await api.create('/api/v1/namespaces/default/secrets', {
      metadata: { name: 'audited' },
      stringData: { a: 'hush-hush' },
    });
    const event = await logged(({ verb, objectRef }) => verb === 'create' && objectRef?.resource === 'secrets');
    assert.equal(event.requestObject, undefined);
    assert.doesNotMatch(readFileSync(auditLog, 'utf8'), /hush-hush|aHVzaC1odXNo/);
  });

  it('has nothing of what the policy leaves out', async () => {
    await api.get('/api/v1/namespaces/default/events');
    await api.get('/api/v1/namespaces/default/configmaps/audited');
    await logged(({ verb, objectRef }) => verb === 'get' && objectRef?.name === 'audited');
    assert.equal(
      events().some(({ objectRef }) => objectRef?.resource === 'events'),
      false,
    );
  });

  it('names both in an impersonation, and the code of a refusal', async () => {
    using nobody = api.impersonating('somebody');
    await refused(nobody.get('/api/v1/namespaces/default/configmaps/audited'), 403);
    const event = await logged(({ impersonatedUser }) => impersonatedUser?.username === 'somebody');
    assert.equal(event.user.username, 'kubernetes-admin');
    assert.equal(event.responseStatus?.code, 403);
  });
});

describe('service accounts', () => {
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  const review = (token: string, spec: object = {}) =>
    api.create('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token, ...spec } });

  it('get tokens for the audiences and the time that are asked for', async () => {
    const answer = await api.create(`${accounts}/default/token`, {
      spec: { audiences: ['a', 'b'], expirationSeconds: 3600 },
    });
    const [, payload = ''] = String(at(answer, 'status.token')).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
      aud: string[];
      exp: number;
      iat: number;
      sub: string;
    };
    assert.deepEqual(claims.aud, ['a', 'b']);
    assert.equal(claims.exp - claims.iat, 3600);
    assert.equal(claims.sub, 'system:serviceaccount:default:default');
  });

  it('are who their token says', async () => {
    const token = String(at(await api.create(`${accounts}/default/token`, { spec: {} }), 'status.token'));
    using robot = api.as({ token });
    const self = await robot.create('/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    assert.equal(at(self, 'status.userInfo.username'), 'system:serviceaccount:default:default');
    assert.deepEqual(at(self, 'status.userInfo.groups'), [
      'system:serviceaccounts',
      'system:serviceaccounts:default',
      'system:authenticated',
    ]);
  });

  it('a TokenReview asks for an audience', async () => {
    const token = String(
      at(await api.create(`${accounts}/default/token`, { spec: { audiences: ['vault'] } }), 'status.token'),
    );
    assert.equal(at(await review(token), 'status.authenticated') ?? false, false);
    const found = await review(token, { audiences: ['vault', 'other'] });
    assert.equal(at(found, 'status.authenticated'), true);
    assert.deepEqual(at(found, 'status.audiences'), ['vault']);
  });

  it('a TokenReview of nonsense says no, and why', async () => {
    const found = await review('nonsense');
    assert.equal(at(found, 'status.authenticated') ?? false, false);
  });

  it('the keys are published for others', async () => {
    const { keys } = await api.get<{ keys: { kid: string; use: string }[] }>('/openid/v1/jwks');
    assert.equal(keys[0]?.use, 'sig');
    assert.ok((await api.get<{ jwks_uri: string }>('/.well-known/openid-configuration')).jwks_uri);
  });

  it('every namespace gets the default one and the root certificate', async () => {
    const path = await test.namespace('fresh');
    await eventually('both are there', async () => {
      const codes = await Promise.all(
        ['serviceaccounts/default', 'configmaps/kube-root-ca.crt'].map((what) => api.call('GET', `${path}/${what}`)),
      );
      return codes.every(({ code }) => code === 200);
    });
    await api.delete(`${path}/serviceaccounts/default`);
    await eventually(
      'it comes back',
      async () => (await api.call('GET', `${path}/serviceaccounts/default`)).code === 200,
    );
  });
});

describe('access reviews', () => {
  const ask = (spec: object) => api.create('/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec });

  it('say whether somebody may', async () => {
    const resourceAttributes = { namespace: 'default', verb: 'get', resource: 'pods' };
    assert.equal(at(await ask({ user: 'x', groups: ['system:masters'], resourceAttributes }), 'status.allowed'), true);
    assert.equal(at(await ask({ user: 'x', resourceAttributes }), 'status.allowed'), false);
    assert.equal(
      at(
        await ask({
          user: 'x',
          groups: ['system:unauthenticated'],
          nonResourceAttributes: { path: '/healthz', verb: 'get' },
        }),
        'status.allowed',
      ),
      true,
    );
  });

  it('want a user or groups, and one kind of attributes', async () => {
    await refused(ask({ resourceAttributes: { verb: 'get' } }), 422, 'Invalid');
    await refused(ask({ user: 'x' }), 422, 'Invalid');
    await refused(ask({ user: 'x', resourceAttributes: {}, nonResourceAttributes: {} }), 422, 'Invalid');
  });

  it('tell a user his own rules', async () => {
    const rules = await api.create('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      spec: { namespace: 'default' },
    });
    assert.ok((at(rules, 'status.resourceRules') as { verbs: string[] }[]).some(({ verbs }) => verbs.includes('*')));
  });
});

describe('certificate signing requests', () => {
  const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  const signingRequest = (subject: string) =>
    execFileSync(
      'openssl',
      [
        'req',
        '-new',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-keyout',
        join(folder, 'key.pem'),
        '-subj',
        subject,
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );

  it('that are approved are signed, and the certificate lets in', async () => {
    const request = signingRequest('/O=painters/CN=paula').toString('base64');
    await api.create(requests, {
      metadata: { name: 'paula' },
      spec: { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
    });
    const found = await api.get(`${requests}/paula`);
    const conditions = [{ type: 'Approved', status: 'True', reason: 'Test' }];
    await api.update(`${requests}/paula/approval`, { ...found, status: { conditions } });
    await eventually(
      'it is signed',
      async () => at(await api.get(`${requests}/paula`), 'status.certificate') !== undefined,
    );
    const cert = Buffer.from(String(at(await api.get(`${requests}/paula`), 'status.certificate')), 'base64').toString();
    using paula = api.as({ certificate: { cert, key: readFileSync(join(folder, 'key.pem'), 'utf8') } });
    const self = await paula.create('/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    assert.equal(at(self, 'status.userInfo.username'), 'paula');
    assert.deepEqual(at(self, 'status.userInfo.groups'), ['painters', 'system:authenticated']);
  });

  it('cannot be approved through the status or the main path', async () => {
    const request = signingRequest('/CN=x').toString('base64');
    await api.create(requests, {
      metadata: { name: 'x' },
      spec: { request, signerName: 'example.org/own', usages: ['client auth'] },
    });
    const status = { conditions: [{ type: 'Approved', status: 'True', reason: 'Test' }] };
    await api.patch(`${requests}/x`, 'merge', { status });
    await api.call('PATCH', `${requests}/x/status`, {
      body: { status },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    assert.deepEqual(at(await api.get(`${requests}/x`), 'status.conditions') ?? [], []);
  });

  it('carry who asked, whatever they say', async () => {
    const request = signingRequest('/CN=y').toString('base64');
    const made = await api.create(requests, {
      metadata: { name: 'y' },
      spec: { request, signerName: 'example.org/own', usages: ['client auth'], username: 'forged', groups: ['forged'] },
    });
    assert.equal(at(made, 'spec.username'), 'kubernetes-admin');
  });

  it('for the group system:masters are refused', async () => {
    const request = signingRequest('/O=system:masters/CN=evil').toString('base64');
    await refused(
      api.create(requests, {
        metadata: { name: 'evil' },
        spec: { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
      }),
      403,
    );
  });
});
