import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { type GroupResource, isStatusError, type KubeObject } from '#kube/api';
import { refusalReason } from '../authenticate/bad-credentials.ts';
import type { Authentication } from '../contract.ts';
import { RESOURCES } from '../objects.ts';
import { newKey } from '../pki/certificate.ts';
import { MemoryObjects } from '../testing/memory-objects.ts';
import { issueToken } from './issue-token.ts';
import { signJwt } from './jwt.ts';
import { issueLegacyToken } from './legacy-token.ts';
import { ServiceAccountTokens } from './service-account-tokens.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const KEY = newKey();

function objectOf(kind: string, namespace: string, name: string, uid: string, more: object = {}): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { namespace, name, uid }, ...more };
}

/** Tokens of a cluster with the service account a/robot, at a time that tests turn. */
function cluster(more: Partial<ConstructorParameters<typeof ServiceAccountTokens>[0]> = {}) {
  const objects = new MemoryObjects();
  objects.put(RESOURCES.serviceAccounts, objectOf('ServiceAccount', 'a', 'robot', 'uid-1'));
  const clock = { nowMs: Date.UTC(2026, 0, 1) };
  const options = { signingKey: KEY, issuers: [ISSUER], audiences: [ISSUER], objects, nowMs: () => clock.nowMs };
  const tokens = new ServiceAccountTokens({ ...options, ...more });
  const template = { namespace: 'a', serviceAccount: { name: 'robot', uid: 'uid-1' }, expirationSeconds: 3600 };
  const issue = (extra: object = {}) => issueToken(tokens, { ...template, ...extra }, clock.nowMs);
  return { objects, tokens, clock, issue };
}

/** Who a token speaks for, at once: nothing has to be asked. */
function accepted(
  tokens: ServiceAccountTokens,
  token: string,
  audiences?: readonly string[],
): Authentication | undefined {
  const found = tokens.authenticate(token, audiences);
  assert.ok(!(found instanceof Promise));
  return found;
}

/** Why a token is refused. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(isStatusError(error, 'Unauthorized'));
    assert.equal(error.message, 'Unauthorized', 'clients hear nothing of why');
    return refusalReason(error);
  }
  return 'it is not refused';
}

test('a token speaks for its service account', () => {
  const { tokens, issue } = cluster();
  const { token, id } = issue();
  assert.deepEqual(accepted(tokens, token)?.user, {
    name: 'system:serviceaccount:a:robot',
    uid: 'uid-1',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:a'],
    extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${id}`] },
  });
  assert.strictEqual(tokens.authenticate(token), tokens.authenticate(token), 'the answer is kept');
});

test('a token of a pod says which pod and node', () => {
  const { objects, tokens, issue } = cluster();
  objects.put(RESOURCES.pods, objectOf('Pod', 'a', 'web', 'pod-1'));
  const { token } = issue({ pod: { name: 'web', uid: 'pod-1' }, node: { name: 'n1', uid: 'node-1' } });
  const extra = accepted(tokens, token)?.user.extra;
  assert.deepEqual(extra?.['authentication.kubernetes.io/pod-name'], ['web']);
  assert.deepEqual(extra?.['authentication.kubernetes.io/pod-uid'], ['pod-1']);
  assert.deepEqual(extra?.['authentication.kubernetes.io/node-name'], ['n1']);
});

test('a token is refused when it has expired, a minute of wrong clocks allowed, and before its time', () => {
  const { tokens, clock, issue } = cluster();
  const { token } = issue();
  clock.nowMs += 3650_000;
  assert.ok(tokens.authenticate(token));
  clock.nowMs += 20_000;
  assert.match(
    refusal(() => tokens.authenticate(token)),
    /has expired/,
  );
  clock.nowMs -= 2 * 3600_000;
  assert.match(
    refusal(() => tokens.authenticate(token)),
    /not valid yet/,
  );
});

test('a token counts for its audiences alone', () => {
  const { tokens, issue } = cluster();
  const { token } = issue({ audiences: ['vault', 'db'] });
  assert.match(
    refusal(() => tokens.authenticate(token)),
    /token audiences \["vault","db"\] is invalid/,
  );
  assert.deepEqual(accepted(tokens, token, ['db', 'other'])?.audiences, ['db']);
  assert.match(
    refusal(() => tokens.authenticate(issue().token, ['vault'])),
    /audiences/,
  );
});

test('a token dies with its service account, and does not come back with a new one of that name', () => {
  const { objects, tokens, issue } = cluster();
  const { token } = issue();
  assert.ok(tokens.authenticate(token));
  objects.remove(RESOURCES.serviceAccounts, 'a', 'robot');
  assert.match(
    refusal(() => tokens.authenticate(token)),
    /serviceaccounts a\/robot is gone/,
  );
  objects.put(RESOURCES.serviceAccounts, objectOf('ServiceAccount', 'a', 'robot', 'uid-2'));
  assert.match(
    refusal(() => tokens.authenticate(token)),
    /is another one now/,
  );
});

for (const [bound, resource, namespace] of [
  ['pod', RESOURCES.pods, 'a'],
  ['secret', RESOURCES.secrets, 'a'],
  ['node', RESOURCES.nodes, ''],
] as const) {
  test(`a token bound to a ${bound} dies with it, a minute after its deletion was due`, () => {
    const { objects, tokens, clock, issue } = cluster();
    const put = (uid: string, more: object = {}) => {
      const object = objectOf('X', namespace, 'x', uid);
      objects.put(resource, { ...object, metadata: { ...object.metadata, ...more } });
    };
    put('1');
    const { token } = issue({ [bound]: { name: 'x', uid: '1' } });
    assert.ok(tokens.authenticate(token));
    const deletionTimestamp = new Date(clock.nowMs).toISOString();
    put('1', { deletionTimestamp });
    clock.nowMs += 59_000;
    assert.ok(tokens.authenticate(token));
    clock.nowMs += 2_000;
    assert.match(
      refusal(() => tokens.authenticate(token)),
      /has been deleted/,
    );
    put('2');
    assert.match(
      refusal(() => tokens.authenticate(token)),
      /is another one now/,
    );
    objects.remove(resource, namespace, 'x');
    assert.match(
      refusal(() => tokens.authenticate(token)),
      /is gone/,
    );
  });
}

const CLAIMS = {
  iss: ISSUER,
  aud: [ISSUER],
  exp: 4_000_000_000,
  nbf: 0,
  sub: 'system:serviceaccount:a:robot',
  'kubernetes.io': { namespace: 'a', serviceaccount: { name: 'robot', uid: 'uid-1' } },
};

function unsigned(header: object, claims: object, signature = ''): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.${signature}`;
}

test('alg none is refused in every spelling', () => {
  const { tokens } = cluster();
  for (const alg of ['none', 'None', 'NONE', '', 'ES256', undefined]) {
    assert.match(
      refusal(() => tokens.authenticate(unsigned({ alg }, CLAIMS))),
      /signature/,
      String(alg),
    );
  }
});

test('a public key is no shared secret: HS256 over it is refused', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = (key: typeof publicKey, type: 'spki' | 'pkcs8') => key.export({ type, format: 'pem' }) as string;
  const { tokens } = cluster({ signingKey: pem(privateKey, 'pkcs8') });
  const text = unsigned({ alg: 'HS256', kid: tokens.signingKey.id }, CLAIMS).slice(0, -1);
  const signature = createHmac('sha256', pem(publicKey, 'spki')).update(text).digest('base64url');
  assert.match(
    refusal(() => tokens.authenticate(`${text}.${signature}`)),
    /signature/,
  );
  assert.ok(tokens.authenticate(signJwt(CLAIMS, tokens.signingKey)), 'RS256 by the key itself is taken');
});

test('a token that another key signed is refused, also under the id of ours', () => {
  const { tokens } = cluster();
  const other = cluster({ signingKey: newKey() }).tokens.signingKey;
  assert.match(
    refusal(() => tokens.authenticate(signJwt(CLAIMS, other))),
    /signature/,
  );
  const forged = signJwt(CLAIMS, { ...other, id: tokens.signingKey.id });
  assert.match(
    refusal(() => tokens.authenticate(forged)),
    /signature/,
  );
});

test('tokens of keys before a rotation count while they are named', () => {
  const old = cluster();
  const { token } = old.issue();
  const pem = createPublicKey(KEY).export({ type: 'spki', format: 'pem' }) as string;
  assert.ok(cluster({ signingKey: newKey(), verificationKeys: [pem] }).tokens.authenticate(token));
  assert.match(
    refusal(() => cluster({ signingKey: newKey() }).tokens.authenticate(token)),
    /signature/,
  );
});

test('a token whose subject is not its service account is refused', () => {
  const { tokens } = cluster();
  const sign = (claims: object) => signJwt({ ...CLAIMS, ...claims }, tokens.signingKey);
  const cross = { 'kubernetes.io': { namespace: 'kube-system', serviceaccount: { name: 'robot', uid: 'uid-1' } } };
  assert.match(
    refusal(() => tokens.authenticate(sign(cross))),
    /sub claim/,
  );
  assert.match(
    refusal(() => tokens.authenticate(sign({ sub: 'system:admin' }))),
    /sub claim/,
  );
  assert.match(
    refusal(() => tokens.authenticate(sign({ exp: undefined }))),
    /no expiry/,
  );
  assert.match(
    refusal(() => tokens.authenticate(sign({ aud: { x: 1 } }))),
    /aud claim/,
  );
  for (const claims of [
    undefined,
    null,
    [],
    { namespace: 'a' },
    { namespace: 'a', serviceaccount: { name: 1, uid: 'u' } },
  ]) {
    assert.match(
      refusal(() => tokens.authenticate(sign({ 'kubernetes.io': claims }))),
      /could not be read/,
    );
  }
});

test('tokens of other issuers and other texts are left to others', () => {
  const { tokens } = cluster();
  assert.equal(tokens.authenticate(signJwt({ ...CLAIMS, iss: 'https://other' }, tokens.signingKey)), undefined);
  for (const text of ['', 'x', 'a.b.c', '..', `${'a'.repeat(70_000)}.b.c`, '{}.{}.{}', 'bnVsbA.bnVsbA.x']) {
    assert.equal(tokens.authenticate(text), undefined);
  }
});

test('a token with critical header fields that nobody knows is left alone', () => {
  const { tokens } = cluster();
  assert.equal(tokens.authenticate(unsigned({ alg: 'ES256', crit: ['b64'] }, CLAIMS)), undefined);
});

test('a legacy token counts while its secret holds that very token', () => {
  const { objects, tokens } = cluster();
  const token = issueLegacyToken({ namespace: 'a', name: 'robot', uid: 'uid-1' }, 'robot-token', tokens.signingKey);
  assert.match(
    refusal(() => tokens.authenticate(token)),
    /its secret is gone/,
  );
  const hold = (text: string) =>
    objects.put(
      RESOURCES.secrets,
      objectOf('Secret', 'a', 'robot-token', 's', { data: { token: Buffer.from(text).toString('base64') } }),
    );
  hold(token);
  assert.equal(accepted(tokens, token)?.user.name, 'system:serviceaccount:a:robot');
  hold(`${token}x`);
  assert.match(
    refusal(() => tokens.authenticate(token)),
    /does not match server's copy/,
  );
  hold(token);
  objects.remove(RESOURCES.serviceAccounts, 'a', 'robot');
  assert.match(
    refusal(() => tokens.authenticate(token)),
    /has been deleted/,
  );
});

test('a legacy token cannot name a secret of another namespace', () => {
  const { objects, tokens } = cluster();
  const token = issueLegacyToken({ namespace: 'b', name: 'robot', uid: 'uid-1' }, 'robot-token', tokens.signingKey);
  const data = { token: Buffer.from(token).toString('base64') };
  objects.put(RESOURCES.secrets, objectOf('Secret', 'a', 'robot-token', 's', { data }));
  assert.match(
    refusal(() => tokens.authenticate(token)),
    /its secret is gone/,
  );
});

test('what a cache does not know yet is read from storage, and not again and again', async () => {
  const { objects } = cluster();
  let reads = 0;
  const readLive = async (resource: GroupResource, namespace: string, name: string) => {
    reads++;
    return objects.get(resource, namespace, name);
  };
  const behind = cluster({ objects: new MemoryObjects(), readLive });
  const { token } = behind.issue();
  assert.equal((await behind.tokens.authenticate(token))?.user.name, 'system:serviceaccount:a:robot');
  objects.remove(RESOURCES.serviceAccounts, 'a', 'robot');
  await assert.rejects(async () => behind.tokens.authenticate(token), /Unauthorized/);
  assert.equal(reads, 2);
  assert.match(
    refusal(() => behind.tokens.authenticate(token)),
    /is gone/,
  );
  assert.equal(reads, 2);
  behind.clock.nowMs += 10_000;
  await assert.rejects(async () => behind.tokens.authenticate(token), /Unauthorized/);
  assert.equal(reads, 3);
});

test('what a cache still has counts for nothing once it is gone from storage', async () => {
  const { objects: live } = cluster();
  const readLive = async (resource: GroupResource, namespace: string, name: string) =>
    live.get(resource, namespace, name);
  const behind = cluster({ readLive });
  const { token } = behind.issue();
  assert.equal((await behind.tokens.authenticate(token))?.user.name, 'system:serviceaccount:a:robot');
  live.remove(RESOURCES.serviceAccounts, 'a', 'robot');
  await assert.rejects(async () => behind.tokens.authenticate(token), /Unauthorized/);
});
