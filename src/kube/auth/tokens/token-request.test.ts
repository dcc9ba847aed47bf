import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { isStatusError } from '#kube/api';
import { RESOURCES } from '../objects.ts';
import { newKey } from '../pki/certificate.ts';
import { MemoryObjects } from '../testing/memory-objects.ts';
import { jsonWebKeySet, openidConfiguration } from './discovery.ts';
import { ServiceAccountTokens } from './service-account-tokens.ts';
import { requestToken, type TokenRequestSpec } from './token-request.ts';

const NOW = Date.UTC(2026, 0, 1);

function world() {
  const objects = new MemoryObjects();
  const metadata = (name: string, uid: string, namespace?: string) => ({ name, uid, ...(namespace && { namespace }) });
  objects.put(RESOURCES.serviceAccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata('robot', 'u', 'a'),
  });
  objects.put(RESOURCES.nodes, { apiVersion: 'v1', kind: 'Node', metadata: metadata('n', 'node-1') });
  objects.put(RESOURCES.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata('web', 'pod-1', 'a'),
    spec: { serviceAccountName: 'robot', nodeName: 'n' },
  });
  const tokens = new ServiceAccountTokens({
    signingKey: newKey(),
    issuers: ['https://issuer'],
    audiences: ['api'],
    objects,
    nowMs: () => NOW,
  });
  const ask = (spec: TokenRequestSpec, name = 'robot') =>
    requestToken('a', name, spec, { tokens, objects, nowMs: () => NOW });
  const refusal = (spec: TokenRequestSpec, name?: string) => {
    try {
      ask(spec, name);
    } catch (error) {
      assert.ok(isStatusError(error));
      return `${error.code} ${error.message}`;
    }
    return 'allowed';
  };
  return { ask, refusal, tokens };
}

function claimsOf(token: string) {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());
}

test('requestToken gives an hour for the API server, unless asked for more', () => {
  const { ask, tokens } = world();
  const { spec, status, tokenId } = ask({});
  assert.deepEqual(spec, { audiences: ['api'], expirationSeconds: 3600 });
  assert.equal(status.expirationTimestamp, '2026-01-01T01:00:00Z');
  assert.deepEqual(claimsOf(status.token), {
    aud: ['api'],
    exp: NOW / 1000 + 3600,
    iat: NOW / 1000,
    iss: 'https://issuer',
    jti: tokenId,
    'kubernetes.io': { namespace: 'a', serviceaccount: { name: 'robot', uid: 'u' } },
    nbf: NOW / 1000,
    sub: 'system:serviceaccount:a:robot',
  });
  assert.ok(tokens.authenticate(status.token));
  assert.deepEqual(claimsOf(ask({ audiences: ['vault'], expirationSeconds: 7200 }).status.token).aud, ['vault']);
});

test('requestToken binds to a pod and its node, a node, and nothing else than they are', () => {
  const { ask, refusal } = world();
  const pod = { apiVersion: 'v1', kind: 'Pod', name: 'web' };
  assert.deepEqual(claimsOf(ask({ boundObjectRef: pod }).status.token)['kubernetes.io'], {
    namespace: 'a',
    serviceaccount: { name: 'robot', uid: 'u' },
    pod: { name: 'web', uid: 'pod-1' },
    node: { name: 'n', uid: 'node-1' },
  });
  const node = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'node-1' };
  assert.deepEqual(claimsOf(ask({ boundObjectRef: node }).status.token)['kubernetes.io'].node, {
    name: 'n',
    uid: 'node-1',
  });
  assert.match(
    refusal({ boundObjectRef: { ...pod, uid: 'pod-0' } }),
    /^409 .*does not match the UID in record \(pod-1\)/,
  );
  assert.equal(refusal({ boundObjectRef: { ...pod, name: 'lost' } }), '404 pods "lost" not found');
  assert.match(
    refusal({ boundObjectRef: { ...pod, kind: 'ConfigMap' } }),
    /^400 cannot bind token to object of type v1, Kind=ConfigMap/,
  );
  assert.equal(refusal({}, 'lost'), '404 serviceaccounts "lost" not found');
});

test('requestToken binds to no pod of another service account', () => {
  const { tokens } = world();
  const objects = new MemoryObjects();
  const put = (name: string) =>
    objects.put(RESOURCES.serviceAccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace: 'a', name, uid: name },
    });
  put('other');
  objects.put(RESOURCES.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'a', name: 'web', uid: '1' },
    spec: { serviceAccountName: 'robot' },
  });
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'web' };
  assert.throws(
    () => requestToken('a', 'other', { boundObjectRef }, { tokens, objects }),
    /cannot bind token for serviceaccount "other" to pod running with serviceaccount "robot"/,
  );
});

test('requestToken lets tokens of pods live a year for old clients, and says the time that was asked for', () => {
  const { ask } = world();
  const { status } = ask({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'web' }, expirationSeconds: 3607 });
  assert.equal(status.expirationTimestamp, '2026-01-01T01:00:07Z');
  const claims = claimsOf(status.token);
  assert.equal(claims.exp, NOW / 1000 + 365 * 24 * 3600);
  assert.equal(claims['kubernetes.io'].warnafter, NOW / 1000 + 3607);
  assert.equal(claimsOf(ask({ expirationSeconds: 3607 }).status.token).exp, NOW / 1000 + 3607);
});

test('requestToken refuses times that are too short or no times', () => {
  const { refusal } = world();
  assert.match(refusal({ expirationSeconds: 599 }), /^422 .*may not specify a duration less than 10 minutes/);
  assert.match(refusal({ expirationSeconds: 2 ** 33 }), /^422 .*larger than 2\^32 seconds/);
  assert.match(refusal({ audiences: [''] }), /^422 .*spec.audiences\[0\]: Required value/);
});

test('jsonWebKeySet has the key that checks a token, and nothing private', () => {
  const { ask, tokens } = world();
  const [text, signature] = ask({}).status.token.split(/\.(?=[^.]*$)/) as [string, string];
  const { kid } = JSON.parse(Buffer.from(text.split('.')[0] as string, 'base64url').toString());
  const { keys } = jsonWebKeySet(tokens) as { keys: Record<string, string>[] };
  const key = keys.find((one) => one.kid === kid);
  assert.ok(key !== undefined);
  assert.equal(key.d, undefined);
  const publicKey = createPublicKey({ key, format: 'jwk' });
  const good = verify(
    'sha256',
    Buffer.from(text),
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  assert.ok(good);
  assert.deepEqual(openidConfiguration(tokens, 'https://issuer/openid/v1/jwks'), {
    issuer: 'https://issuer',
    jwks_uri: 'https://issuer/openid/v1/jwks',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  });
});
