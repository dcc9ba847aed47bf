import assert from 'node:assert/strict';
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { isStatusError } from '#kube/api';
import { refusalReason } from '../authenticate/bad-credentials.ts';
import { newKey } from '../pki/certificate.ts';
import { memoryPki } from '../pki/pki.ts';
import { type SigningKey, signingKey, signJwt } from '../tokens/jwt.ts';
import { issuerOfFlags, type JwtIssuer, parseAuthenticationConfiguration } from './configuration.ts';
import { OidcAuthenticator } from './oidc-authenticator.ts';

const NOW = Date.UTC(2026, 0, 1);

function jwkOf({ id, key }: SigningKey): object {
  return { ...key.export({ format: 'jwk' }), kid: id, use: 'sig' };
}

/** An OpenID provider on this machine, over TLS. */
async function provider(t: TestContext) {
  const pki = await memoryPki();
  const keys: object[] = [
    { kty: 'oct', k: 'AAAA' },
    { kty: 'EC', crv: 'P-999', x: 'x', y: 'y' },
  ];
  const state = { keys, requests: [] as string[], issuer: '', status: 200 };
  const server = createServer(pki.serving, (request, response) => {
    state.requests.push(request.url ?? '');
    const body = request.url?.endsWith('openid-configuration')
      ? { issuer: state.issuer, jwks_uri: `${state.issuer}/keys` }
      : { keys: state.keys };
    response.writeHead(state.status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  state.issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { state, ca: pki.clusterCa.cert };
}

async function world(t: TestContext, more: Partial<JwtIssuer> = {}) {
  const { state, ca } = await provider(t);
  const key = signingKey(createPrivateKey(newKey()));
  state.keys.push(jwkOf(key));
  const clock = { nowMs: NOW };
  const issuer: JwtIssuer = {
    issuer: { url: state.issuer, certificateAuthority: ca, audiences: ['cluster'] },
    claimMappings: { username: { claim: 'sub', prefix: 'oidc:' }, groups: { claim: 'groups', prefix: 'oidc:' } },
    ...more,
  };
  const compile = (expression: string) => (variables: Readonly<Record<string, unknown>>) =>
    expression.split('.').reduce((value: unknown, name) => (value as Record<string, unknown>)[name], variables);
  const tokens = new OidcAuthenticator({ issuers: [issuer], compile, apiAudiences: ['api'], nowMs: () => clock.nowMs });
  const claims = { iss: state.issuer, aud: 'cluster', exp: NOW / 1000 + 3600, sub: 'jane', groups: ['dev'], jti: 'j' };
  const make = (extra: object = {}, by = key) => signJwt({ ...claims, ...extra }, by);
  const refusal = async (token: string) => {
    try {
      await tokens.authenticate(token);
    } catch (error) {
      assert.ok(isStatusError(error, 'Unauthorized'), String(error));
      return refusalReason(error);
    }
    return 'it is not refused';
  };
  return { state, tokens, clock, make, refusal, key, claims };
}

test('a token of a provider speaks for its user; keys are fetched once and tokens are remembered', async (t) => {
  const { state, tokens, make, clock, refusal } = await world(t);
  const token = make();
  assert.deepEqual(await tokens.authenticate(token), {
    user: {
      name: 'oidc:jane',
      groups: ['oidc:dev'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j'] },
    },
  });
  assert.deepEqual(state.requests, ['/.well-known/openid-configuration', '/keys']);
  assert.ok(!(tokens.authenticate(token) instanceof Promise), 'nothing is waited for');
  assert.ok(await tokens.authenticate(make({ sub: 'joe' })));
  assert.equal(state.requests.length, 2);
  clock.nowMs += 3600_000;
  assert.match(await refusal(token), /token is expired/, 'remembered tokens expire too');
});

test('bad tokens of a provider are refused', async (t) => {
  const { make, refusal, key, claims } = await world(t);
  assert.match(await refusal(make({ exp: NOW / 1000 - 1 })), /token is expired/);
  assert.match(await refusal(make({ exp: undefined })), /no expiry/);
  assert.match(await refusal(make({ nbf: NOW / 1000 + 301 })), /not valid yet/);
  assert.match(await refusal(make({ aud: ['other'] })), /expected audience in \["cluster"\] got \["other"\]/);
  assert.match(await refusal(make({ sub: '' })), /claim for username is missing/);
  assert.match(await refusal(make({ groups: [1] })), /claim for groups is no list of texts/);
  const other = signingKey(createPrivateKey(newKey()));
  assert.match(await refusal(make({}, { ...other, id: key.id })), /failed to verify signature/);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  assert.match(await refusal(`${part({ alg: 'none' })}.${part(claims)}.`), /failed to verify signature/);
  const text = `${part({ alg: 'HS256', kid: key.id })}.${part(claims)}`;
  const secret = createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' });
  assert.match(
    await refusal(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`),
    /failed to verify/,
  );
});

test('tokens with unknown keys make us ask again, but not all the time', async (t) => {
  const { state, tokens, make, refusal, clock } = await world(t);
  await tokens.authenticate(make());
  const next = signingKey(createPrivateKey(newKey()));
  assert.match(await refusal(make({}, next)), /failed to verify/);
  assert.match(await refusal(make({ sub: 'x' }, next)), /failed to verify/);
  assert.equal(state.requests.length, 2, 'the keys were fetched a moment ago');
  state.keys.push(jwkOf(next));
  clock.nowMs += 10_000;
  const answers = await Promise.all([
    tokens.authenticate(make({}, next)),
    tokens.authenticate(make({ sub: 'y' }, next)),
  ]);
  assert.ok(answers.every((answer) => answer !== undefined));
  assert.equal(state.requests.length, 4, 'two at once asked once');
});

test('a key that a provider takes back counts no more after an hour; one that is away keeps its keys', async (t) => {
  const { state, tokens, make, clock, refusal } = await world(t);
  const token = make({ exp: NOW / 1000 + 86_400 });
  await tokens.authenticate(token);
  state.status = 500;
  clock.nowMs += 3600_000;
  assert.ok(await tokens.authenticate(token));
  state.status = 200;
  state.keys.length = 0;
  clock.nowMs += 3600_000;
  assert.match(await refusal(token), /failed to verify/);
});

test('a provider that is away, or is another one, lets nobody in and is asked again later', async (t) => {
  const { state, tokens, make, refusal, clock } = await world(t);
  state.status = 500;
  assert.match(await refusal(make()), /not initialized/);
  state.status = 200;
  const { issuer } = state;
  clock.nowMs += 10_000;
  state.issuer = 'https://evil.test';
  assert.match(await refusal(make()), /not initialized/);
  state.issuer = issuer;
  clock.nowMs += 10_000;
  assert.ok(await tokens.authenticate(make()));
});

test('RSA keys sign with PKCS #1 and with PSS', async (t) => {
  const { state, tokens, make } = await world(t);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 }) as { privateKey: KeyObject };
  const key = signingKey(privateKey);
  state.keys.push(jwkOf(key));
  assert.ok(await tokens.authenticate(make({}, key)));
  assert.ok(await tokens.authenticate(make({}, { ...key, algorithms: ['PS384'] })));
});

test('claims are checked by their rules, expressions included', async (t) => {
  const { tokens, make, refusal } = await world(t, {
    claimMappings: {
      username: { claim: 'email', prefix: '' },
      uid: { expression: 'claims.oid' },
      extra: [{ key: 'example.com/team', valueExpression: 'claims.team' }],
    },
    claimValidationRules: [
      { claim: 'hd', requiredValue: 'example.test' },
      { expression: 'claims.active', message: 'must be active' },
    ],
    userValidationRules: [{ expression: 'user.extra', message: 'never mind' }],
  });
  const claims = { email: 'a@example.test', hd: 'example.test', active: true, oid: '7', team: 'red' };
  assert.match(await refusal(make(claims)), /never mind/);
  assert.match(await refusal(make({ ...claims, hd: 'x' })), /required claim hd/);
  assert.match(await refusal(make({ ...claims, active: false })), /must be active/);
  assert.match(await refusal(make({ ...claims, email_verified: false })), /email not verified/);
  assert.equal(tokens.authenticate('no.jwt.x'), undefined);
  assert.equal(tokens.authenticate(make(claims), ['vault']), undefined, 'another audience');
});

test('tokens of other issuers are left to others', async (t) => {
  const { tokens, make, state } = await world(t);
  assert.equal(tokens.authenticate(make({ iss: 'https://other.test' })), undefined);
  assert.equal(tokens.authenticate(make({ iss: '__proto__' })), undefined);
  assert.equal(state.requests.length, 0);
});

const FILE = `
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous: { enabled: true, conditions: [{ path: /livez }] }
jwt:
- issuer: { url: 'https://a.test', audiences: [x, y], audienceMatchPolicy: MatchAny }
  claimMappings: { username: { claim: sub, prefix: '' } }
`;

test('parseAuthenticationConfiguration reads a file', () => {
  const { issuers, anonymous } = parseAuthenticationConfiguration(FILE);
  assert.deepEqual(
    issuers.map(({ issuer }) => issuer.url),
    ['https://a.test'],
  );
  assert.deepEqual(anonymous, { enabled: true, paths: ['/livez'] });
});

test('parseAuthenticationConfiguration says which field is wrong', () => {
  const wrong: readonly [string, string, RegExp][] = [
    ['kind: AuthenticationConfiguration', 'kind: X', /kind AuthenticationConfiguration/],
    ['https://a.test', 'http://a.test', /jwt\[0\].issuer.url: URL scheme must be https/],
    [', audienceMatchPolicy: MatchAny', '', /audienceMatchPolicy: must be MatchAny/],
    ['[x, y]', '[]', /at least one is required/],
    ['claim: sub, ', '', /claimMappings.username: give either claim or expression/],
    ['enabled: true', 'enabled: maybe', /anonymous/],
  ];
  for (const [text, by, message] of wrong) {
    assert.throws(() => parseAuthenticationConfiguration(FILE.replace(text, by)), message);
  }
});

test('expressions without CEL are refused at the start', () => {
  const issuer = parseAuthenticationConfiguration(
    FILE.replace("claim: sub, prefix: ''", 'expression: claims.sub'),
  ).issuers;
  assert.throws(() => new OidcAuthenticator({ issuers: issuer, apiAudiences: [] }), /there is no CEL/);
});

test('issuerOfFlags prefixes names as kube-apiserver does', () => {
  const flags = { issuerUrl: 'https://a.test', clientId: 'x' };
  const prefix = (more: object) => issuerOfFlags({ ...flags, ...more }).claimMappings.username.prefix;
  assert.equal(prefix({}), 'https://a.test#');
  assert.equal(prefix({ usernameClaim: 'email' }), '');
  assert.equal(prefix({ usernamePrefix: '-' }), '');
  assert.equal(prefix({ usernamePrefix: 'o:' }), 'o:');
  assert.throws(() => issuerOfFlags({ ...flags, issuerUrl: 'http://a.test' }), /https/);
});
