/** Tokens that were forged, that are stale, or that are from elsewhere. */
import assert from 'node:assert/strict';
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster } from '../../lib/kube.ts';
import { allow, grant, setScene, tokenOf } from './support/attack.ts';

const test = forAllTests(await TestCluster.start());
const { api } = test;
const { mine, victim } = await setScene(test);

async function codeAs(token: string, path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'): Promise<number> {
  using client = api.as({ token });
  return (await client.call('POST', path, { body: {} })).code;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;

describe('forged tokens', () => {
  it('without a signature ("alg": "none") are 401', async () => {
    const [, payload = ''] = (await tokenOf(api, mine)).split('.');
    for (const alg of ['none', 'None', 'NONE', '']) {
      for (const signature of ['', 'AAAA']) {
        assert.equal(await codeAs(`${encode({ alg, typ: 'JWT' })}.${payload}.${signature}`), 401, alg);
      }
    }
  });

  it('signed with the public key as a shared secret are 401', async () => {
    const token = await tokenOf(api, mine);
    const [header, payload = ''] = token.split('.');
    const { text } = await api.call('GET', '/openid/v1/jwks');
    const head = encode({ ...decode(header), alg: 'HS256' });
    const signature = createHmac('sha256', text).update(`${head}.${payload}`).digest('base64url');
    assert.equal(await codeAs(`${head}.${payload}.${signature}`), 401);
  });

  it('signed with another key under the known key id are 401', async () => {
    const [header = '', payload = ''] = (await tokenOf(api, mine)).split('.');
    const { alg } = decode(header) as { alg: string };
    const pair =
      alg === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signer = createSign('sha256').update(`${header}.${payload}`);
    const signature = signer.sign({ key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    assert.equal(await codeAs(`${header}.${payload}.${signature}`), 401);
  });

  it('whose claims were changed are 401', async () => {
    const [header, payload, signature] = (await tokenOf(api, mine)).split('.');
    const changed = encode({ ...decode(payload), sub: 'system:serviceaccount:kube-system:admin' });
    assert.equal(await codeAs(`${header}.${changed}.${signature}`), 401);
  });

  it('that bring their own key or its address are 401', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const [, payload] = (await tokenOf(api, mine)).split('.');
    for (const extra of [
      { jwk: publicKey.export({ format: 'jwk' }) },
      { jku: 'https://evil.example/keys' },
      { kid: '../../dev/null' },
    ]) {
      const head = encode({ alg: 'ES256', ...extra });
      const signature = createSign('sha256')
        .update(`${head}.${payload}`)
        .sign({ key: privateKey, dsaEncoding: 'ieee-p1363' })
        .toString('base64url');
      assert.equal(await codeAs(`${head}.${payload}.${signature}`), 401);
    }
  });

  it('that are nonsense are 401, not anonymous', async () => {
    for (const token of ['x', 'a.b', 'a.b.c', '....', `${'a'.repeat(50_00)}.b.c`, '__proto__', 'e30.e30.']) {
      assert.equal(await codeAs(token), 401, token.slice(0, 20));
    }
  });
});

describe('stale tokens', () => {
  it('of another audience are 401', async () => {
    assert.equal(await codeAs(await tokenOf(api, mine, { audiences: ['https://elsewhere.example'] })), 401);
  });

  it('of a service account that was deleted, and of its successor, are 401', async () => {
    await api.create(`${mine}/serviceaccounts`, { metadata: { name: 'brief' } });
    const made = await api.create(`${mine}/serviceaccounts/brief/token`, { spec: {} });
    const token = at(made, 'status.token') as string;
    assert.equal(await codeAs(token), 201);
    await api.delete(`${mine}/serviceaccounts/brief`);
    assert.equal(await codeAs(token), 401);
    await api.create(`${mine}/serviceaccounts`, { metadata: { name: 'brief' } });
    assert.equal(await codeAs(token), 401);
  });

  it('bound to a pod end with it', async () => {
    const spec = { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'i' }] };
    const pod = await api.create(`${mine}/pods`, { metadata: { name: 'holder' }, spec });
    const token = await tokenOf(api, mine, {
      boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'holder', uid: pod.metadata.uid },
    });
    assert.equal(await codeAs(token), 201);
    await api.delete(`${mine}/pods/holder?gracePeriodSeconds=0`);
    assert.equal(await codeAs(token), 401);
  });

  it('bound to a secret end with it', async () => {
    const secret = await api.create(`${mine}/secrets`, { metadata: { name: 'holder' } });
    const token = await tokenOf(api, mine, {
      boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'holder', uid: secret.metadata.uid },
    });
    assert.equal(await codeAs(token), 201);
    await api.delete(`${mine}/secrets/holder`);
    assert.equal(await codeAs(token), 401);
  });

  it('cannot be bound to what is not there, has another uid, or is of another account', async () => {
    const bind = (ref: object) => api.create(`${mine}/serviceaccounts/robot/token`, { spec: { boundObjectRef: ref } });
    await refused(bind({ kind: 'Pod', apiVersion: 'v1', name: 'absent' }), 404);
    await api.create(`${mine}/secrets`, { metadata: { name: 'there' } });
    await refused(bind({ kind: 'Secret', apiVersion: 'v1', name: 'there', uid: 'other' }), 409);
    await refused(bind({ kind: 'ConfigMap', apiVersion: 'v1', name: 'x' }), 400);
  });

  it('cannot be asked for with less than ten minutes', async () => {
    await refused(
      api.create(`${mine}/serviceaccounts/robot/token`, { spec: { expirationSeconds: 5 } }),
      422,
      'Invalid',
    );
  });
});

describe('tokens of one namespace', () => {
  it('open nothing in another', async () => {
    using robot = api.as({ token: await tokenOf(api, mine) });
    for (const path of [`${victim}/secrets`, `${victim}/secrets/treasure`, '/api/v1/secrets', '/api/v1/namespaces']) {
      assert.equal((await robot.call('GET', path)).code, 403, path);
    }
    assert.equal((await robot.call('GET', `${victim}/secrets?watch=true`)).code, 403);
    assert.equal((await robot.call('POST', `${victim}/serviceaccounts/robot/token`, { body: {} })).code, 403);
  });

  it('are not helped by rights of a namesake', async () => {
    await grant(api, 'robot', [allow(['secrets'], ['*'])]);
    using robot = api.as({ token: await tokenOf(api, victim) });
    assert.equal((await robot.call('GET', `${mine}/secrets`)).code, 403);
  });
});
