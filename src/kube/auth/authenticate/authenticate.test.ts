import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStatusError } from '#kube/api';
import type { Authenticator, Credentials } from '../contract.ts';
import { RESOURCES } from '../objects.ts';
import { requestInfo } from '../request-info.ts';
import { MemoryObjects } from '../testing/memory-objects.ts';
import { authenticateBy } from './authenticate.ts';
import { badCredentials, refusalReason } from './bad-credentials.ts';
import { bearerToken } from './bearer-token.ts';
import { bootstrapTokenAuthenticator } from './bootstrap-tokens.ts';
import { certificateAuthenticator } from './certificates.ts';
import { requestHeaderAuthenticator } from './request-header.ts';
import { staticTokenAuthenticator } from './static-tokens.ts';
import { bearerAuthenticator, unionTokens } from './token-authenticator.ts';

const INFO = requestInfo('GET', '/api/v1/pods');

function bring(headers: Credentials['headers'], certificate?: Credentials['certificate']): Credentials {
  return { headers, remoteAddress: '127.0.0.1', ...(certificate === undefined ? {} : { certificate }) };
}

async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    assert.ok(isStatusError(error, 'Unauthorized'), String(error));
    return refusalReason(error);
  }
  return 'it is not refused';
}

const CERTIFICATE = { subject: { CN: 'jane', O: ['dev', 'ops'] }, fingerprint256: 'AB:CD', caFingerprint256: 'CA' };

test('a client certificate names its user and groups', () => {
  const authenticator = certificateAuthenticator(new Set(['CA']));
  const user = (authenticator.authenticate(bring({}, CERTIFICATE)) as { user: unknown }).user;
  assert.deepEqual(user, {
    name: 'jane',
    groups: ['dev', 'ops'],
    extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=abcd'] },
  });
  assert.equal(authenticator.authenticate(bring({})), undefined);
  assert.equal(authenticator.authenticate(bring({}, { ...CERTIFICATE, subject: { O: 'system:masters' } })), undefined);
});

test('a client certificate of another CA, or at its end, makes nobody a user', async () => {
  const authenticator = certificateAuthenticator(new Set(['CA']), () => 1000);
  const foreign = { ...CERTIFICATE, caFingerprint256: 'FRONT', subject: { CN: 'x', O: 'system:masters' } };
  assert.equal(authenticator.authenticate(bring({}, foreign)), undefined);
  const { caFingerprint256: _, ...unknown } = CERTIFICATE;
  assert.equal(authenticator.authenticate(bring({}, unknown)), undefined, 'of a CA that is not known');
  assert.ok(authenticator.authenticate(bring({}, { ...CERTIFICATE, caFingerprint256: 'CA', notAfterMs: 1000 })));
  const over = bring({}, { ...CERTIFICATE, notAfterMs: 999 });
  assert.match(await refusal(() => authenticator.authenticate(over)), /has expired/);
});

test('a front proxy is believed by its own CA and name alone', async () => {
  const options = { caFingerprints: new Set(['FRONT']), allowedNames: ['front-proxy-client'] };
  const authenticator = requestHeaderAuthenticator(options);
  const headers = {
    'x-remote-user': 'jane',
    'x-remote-group': ['a', 'b'],
    'x-remote-uid': '1',
    'x-remote-extra-example.com%2Fteam': 'red',
  };
  const proxy = { subject: { CN: 'front-proxy-client' }, fingerprint256: 'X', caFingerprint256: 'FRONT' };
  assert.deepEqual(authenticator.authenticate(bring(headers, proxy)), {
    user: { name: 'jane', uid: '1', groups: ['a', 'b'], extra: { 'example.com/team': ['red'] } },
  });
  assert.equal(authenticator.authenticate(bring(headers)), undefined, 'no certificate');
  assert.equal(authenticator.authenticate(bring(headers, { ...proxy, caFingerprint256: 'CLIENT' })), undefined);
  const { caFingerprint256: _, ...unknown } = proxy;
  assert.equal(authenticator.authenticate(bring(headers, unknown)), undefined, 'a certificate of an unknown CA');
  const stranger = bring(headers, { ...proxy, subject: { CN: 'stranger' } });
  assert.match(await refusal(() => authenticator.authenticate(stranger)), /cn=stranger is not in the allowed list/);
});

test('a front proxy passes on a group with a comma in its name as one group', () => {
  const authenticator = requestHeaderAuthenticator({ caFingerprints: new Set(['FRONT']), allowedNames: [] });
  const certificate = { subject: { CN: 'proxy' }, fingerprint256: 'X', caFingerprint256: 'FRONT' };
  const headers = { 'x-remote-user': 'eve', 'x-remote-group': 'evil, system:masters' };
  const groupsOf = (credentials: Credentials) => {
    const found = authenticator.authenticate(credentials);
    assert.ok(found !== undefined && !(found instanceof Promise));
    return found.user.groups;
  };
  assert.deepEqual(groupsOf(bring(headers, certificate)), ['evil, system:masters']);
  const rawHeaders = ['X-Remote-User', 'eve', 'X-Remote-Group', 'evil, system:masters'];
  assert.deepEqual(groupsOf({ ...bring(headers, certificate), rawHeaders }), ['evil, system:masters']);
});

const TOKENS = staticTokenAuthenticator('secret,jane,1,"dev,ops"\n\nother,joe,2\n"quo""ted",__proto__,3,""\n', ['api']);

test('a static token names its user', () => {
  assert.deepEqual(TOKENS.authenticate('secret', undefined), {
    user: { name: 'jane', uid: '1', groups: ['dev', 'ops'] },
  });
  assert.deepEqual(TOKENS.authenticate('quo"ted', undefined), { user: { name: '__proto__', uid: '3', groups: [] } });
  for (const token of ['', 'jane', '__proto__', 'secre', 'secret ']) {
    assert.equal(TOKENS.authenticate(token, undefined), undefined);
  }
  assert.equal(TOKENS.authenticate('secret', ['vault']), undefined, 'another audience');
  assert.throws(() => staticTokenAuthenticator('a,b,c\na,"b', []), /line 2: a quote is not closed/);
  assert.throws(() => staticTokenAuthenticator('a,b', []), /line 1: at least 3 columns/);
});

test('bearerToken reads the header and the WebSocket subprotocol', () => {
  assert.equal(bearerToken(bring({ authorization: 'Bearer abc' })), 'abc');
  assert.equal(bearerToken(bring({ authorization: '  bearer   abc ' })), 'abc');
  for (const authorization of [
    'Bearer',
    'Bearer ',
    'Basic abc',
    'Bearer a b',
    'abc',
    '',
    `Bearer ${'a '.repeat(70_000)}`,
  ]) {
    assert.equal(bearerToken(bring({ authorization })), undefined, authorization.slice(0, 20));
  }
  const offer = `base64url.bearer.authorization.k8s.io.${Buffer.from('abc').toString('base64url')}`;
  assert.equal(bearerToken(bring({ 'sec-websocket-protocol': `v4.channel.k8s.io, ${offer}` })), 'abc');
  assert.equal(bearerToken(bring({ 'sec-websocket-protocol': offer })), undefined, 'alone');
  assert.equal(bearerToken(bring({ 'sec-websocket-protocol': `x, ${offer}, ${offer}` })), undefined, 'twice');
});

test('who is known is authenticated, who brings nothing anonymous, and who brings a wrong token nobody', async () => {
  const authenticate = authenticateBy([bearerAuthenticator(TOKENS)], { enabled: true });
  const jane = await authenticate(bring({ authorization: 'Bearer secret' }), INFO);
  assert.deepEqual(jane.user.groups, ['dev', 'ops', 'system:authenticated']);
  const nobody = await authenticate(bring({}), INFO);
  assert.deepEqual(nobody.user, { name: 'system:anonymous', groups: ['system:unauthenticated'] });
  const wrong = bring({ authorization: 'Bearer wrong' });
  assert.match(await refusal(() => authenticate(wrong, INFO)), /invalid bearer token/);
});

test('anonymous requests can be kept to some paths, or away', async () => {
  const some = authenticateBy([], { enabled: true, paths: ['/livez'] });
  assert.equal((await some(bring({}), requestInfo('GET', '/livez'))).user.name, 'system:anonymous');
  for (const path of ['/livez/x', '/api/v1/pods', '/healthz']) {
    await assert.rejects(async () => some(bring({}), requestInfo('GET', path)), /Unauthorized/);
  }
  await assert.rejects(async () => authenticateBy([], { enabled: false })(bring({}), INFO), /Unauthorized/);
});

test('authenticators that take time are waited for, in order', async () => {
  const slow: Authenticator = { authenticate: async () => undefined };
  const authenticate = authenticateBy([slow, bearerAuthenticator(unionTokens([TOKENS]))], { enabled: false });
  assert.equal((await authenticate(bring({ authorization: 'Bearer other' }), INFO)).user.name, 'joe');
});

test('a token that one kind refuses may be of another kind', async () => {
  const refusing = { authenticate: () => staticRefusal() };
  const union = unionTokens([refusing, { authenticate: async () => staticRefusal() }, TOKENS]);
  assert.equal((await union.authenticate('secret', undefined))?.user.name, 'jane');
  assert.match(await refusal(() => union.authenticate('unknown', undefined)), /not today, not today/);
  const broken = unionTokens([{ authenticate: () => Promise.reject(new Error('disk full')) }, TOKENS]);
  await assert.rejects(async () => broken.authenticate('secret', undefined), /disk full/);
});

function staticRefusal(): never {
  throw badCredentials('not today');
}

function bootstrapWorld(data: Record<string, string> = {}, more: object = {}) {
  const objects = new MemoryObjects();
  const all = {
    'token-id': 'abcdef',
    'token-secret': '0123456789abcdef',
    'usage-bootstrap-authentication': 'true',
    'auth-extra-groups': 'system:bootstrappers:kubeadm',
    expiration: '2026-01-02T00:00:00Z',
    ...data,
  };
  const encoded = Object.fromEntries(
    Object.entries(all).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  const metadata = { namespace: 'kube-system', name: 'bootstrap-token-abcdef' };
  objects.put(RESOURCES.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'bootstrap.kubernetes.io/token',
    data: encoded,
    ...more,
  });
  return bootstrapTokenAuthenticator(objects, ['api'], () => Date.UTC(2026, 0, 1));
}

test('a bootstrap token lets a machine in', () => {
  assert.deepEqual(bootstrapWorld().authenticate('abcdef.0123456789abcdef', undefined), {
    user: { name: 'system:bootstrap:abcdef', groups: ['system:bootstrappers', 'system:bootstrappers:kubeadm'] },
  });
});

const BAD_BOOTSTRAPS: readonly [string, Record<string, string>, object?][] = [
  ['that is wrong', { 'token-secret': '0123456789abcdeg' }],
  ['without a secret', { 'token-secret': '' }],
  ['of another id', { 'token-id': 'abcdeg' }],
  ['that has expired', { expiration: '2025-12-31T23:59:59Z' }],
  ['with no readable end', { expiration: 'soon' }],
  ['that is not for authentication', { 'usage-bootstrap-authentication': 'false' }],
  ['with groups of administrators', { 'auth-extra-groups': 'system:bootstrappers:x,system:masters' }],
  ['whose secret is of another type', {}, { type: 'Opaque' }],
  [
    'whose secret goes',
    {},
    { metadata: { namespace: 'kube-system', name: 'bootstrap-token-abcdef', deletionTimestamp: 'x' } },
  ],
];

for (const [what, data, more] of BAD_BOOTSTRAPS) {
  test(`a bootstrap token ${what} is refused`, async () => {
    const tokens = bootstrapWorld(data, more);
    assert.match(
      await refusal(() => tokens.authenticate('abcdef.0123456789abcdef', undefined)),
      /bootstrap token abcdef/,
    );
  });
}

test('texts that are no bootstrap tokens are left to others', () => {
  for (const token of [
    'abcdef',
    'ABCDEF.0123456789abcdef',
    '../../x.0123456789abcdef',
    'abcdef.0123456789abcdef\n',
    'aaaaaa.0123456789abcdef',
  ]) {
    assert.equal(bootstrapWorld().authenticate(token, undefined), undefined);
  }
});
