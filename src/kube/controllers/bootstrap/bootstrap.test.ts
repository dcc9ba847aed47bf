import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { findObject } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { makeObject, NOW_MS } from '../testing/make-pod.ts';
import { until } from '../testing/until.ts';
import {
  type ConfigMap,
  detachedSignature,
  expiresInMs,
  planSignatures,
  SECRETS,
  signingTokens,
  TOKEN_TYPE,
  type TokenSecret,
} from './tokens.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };

function tokenSecret(id: string, fields: Record<string, string> = {}): TokenSecret {
  const all = { 'token-id': id, 'token-secret': '0123456789abcdef', 'usage-bootstrap-signing': 'true', ...fields };
  const data = Object.fromEntries(
    Object.entries(all).map(([name, text]) => [name, Buffer.from(text).toString('base64')]),
  );
  const meta = { namespace: 'kube-system' };
  return makeObject<TokenSecret>('v1', 'Secret', `bootstrap-token-${id}`, { type: TOKEN_TYPE, data }, meta);
}

test('detachedSignature is a JWS without its content', () => {
  const [header = '', content, signature] = detachedSignature('hello', 'abcdef', 'key').split('.');
  assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString()), { alg: 'HS256', kid: 'abcdef' });
  assert.equal(content, '');
  const signed = `${header}.${Buffer.from('hello').toString('base64url')}`;
  assert.equal(signature, createHmac('sha256', 'key').update(signed).digest('base64url'));
});

test('signingTokens leaves out what expired, is not for signing, or is not what its name says', () => {
  const secrets = [
    tokenSecret('aaaaaa'),
    tokenSecret('bbbbbb', { expiration: '2020-01-01T00:00:00Z' }),
    tokenSecret('cccccc', { 'usage-bootstrap-signing': 'no' }),
    tokenSecret('dddddd', { 'token-id': 'eeeeee' }),
    tokenSecret('ffffff', { expiration: 'soon' }),
  ];
  assert.deepEqual([...signingTokens(secrets, NOW_MS).keys()], ['aaaaaa']);
  assert.equal(expiresInMs(tokenSecret('a', { expiration: '2026-03-01T12:00:05Z' }), NOW_MS), 5000);
});

test('planSignatures adds, renews and removes signatures, and nothing else', () => {
  const tokens = new Map([['aaaaaa', 'key']]);
  const signature = detachedSignature('config', 'aaaaaa', 'key');
  assert.deepEqual(planSignatures({ kubeconfig: 'config', 'jws-kubeconfig-gone': 'x', other: 'y' }, tokens), {
    'jws-kubeconfig-gone': null,
    'jws-kubeconfig-aaaaaa': signature,
  });
  assert.equal(planSignatures({ kubeconfig: 'config', 'jws-kubeconfig-aaaaaa': signature }, tokens), undefined);
  assert.equal(planSignatures({}, tokens), undefined);
});

test('bootstrapSigner signs cluster-info, tokenCleaner removes a token whose time is over', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const soon = new Date(Date.now() + 2_000).toISOString();
  for (const {
    metadata: { uid: _, ...metadata },
    ...secret
  } of [tokenSecret('aaaaaa'), tokenSecret('bbbbbb', { expiration: soon })]) {
    await client.create(SECRETS, { ...secret, metadata });
  }
  const info = { namespace: 'kube-public', name: 'cluster-info' };
  await client.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: info,
    data: { kubeconfig: 'config' },
  });
  const signed = async () => Object.keys((await findObject<ConfigMap>(client, CONFIG_MAPS, info))?.data ?? {});
  await until(
    async () =>
      (await signed()).includes('jws-kubeconfig-aaaaaa') && (await signed()).includes('jws-kubeconfig-bbbbbb'),
  );
  await until(
    async () =>
      (await findObject(client, SECRETS, { namespace: 'kube-system', name: 'bootstrap-token-bbbbbb' })) === undefined,
  );
  await until(async () => !(await signed()).includes('jws-kubeconfig-bbbbbb'));
});
