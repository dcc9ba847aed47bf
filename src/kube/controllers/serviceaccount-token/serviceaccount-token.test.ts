import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findObject } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { makeObject } from '../testing/make-pod.ts';
import { until } from '../testing/until.ts';
import { ACCOUNT_NAME, planToken, type Secret } from './plan.ts';

const SECRETS = { group: '', version: 'v1', resource: 'secrets' };
const ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const FACTS = { caCert: 'PEM', issue: () => 'TOKEN' };

function tokenSecret(annotations: Record<string, string> = {}, data?: Record<string, string>): Secret {
  return makeObject<Secret>(
    'v1',
    'Secret',
    's',
    { type: 'kubernetes.io/service-account-token', ...(data && { data }) },
    { annotations },
  );
}

const account = makeObject('v1', 'ServiceAccount', 'a', {});
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('planToken fills in what is missing and keeps the token that is there', () => {
  const plan = planToken(tokenSecret({}, { token: base64('OLD'), extra: base64('x') }), account, FACTS);
  assert.ok(plan.do === 'write');
  assert.deepEqual(plan.secret.data, {
    token: base64('OLD'),
    extra: base64('x'),
    'ca.crt': base64('PEM'),
    namespace: base64('test'),
  });
  assert.equal(plan.secret.metadata.annotations?.['kubernetes.io/service-account.uid'], 'uid-a');
  assert.deepEqual(planToken(plan.secret, account, FACTS), { do: 'nothing' });
});

test('planToken removes secrets of accounts that are gone or were made anew', () => {
  assert.deepEqual(planToken(tokenSecret(), undefined, FACTS), { do: 'delete' });
  const other = { 'kubernetes.io/service-account.uid': 'another' };
  assert.deepEqual(planToken(tokenSecret(other), account, FACTS), { do: 'delete' });
});

test('tokensController fills a token secret, and removes it with its account', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const ref = { namespace: 'default', name: 'robot' };
  await client.create(ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ref });
  await client.create(SECRETS, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...ref, annotations: { [ACCOUNT_NAME]: 'robot' } },
    type: 'kubernetes.io/service-account-token',
  });
  const data = async () => (await findObject<Secret>(client, SECRETS, ref))?.data ?? {};
  await until(async () => (await data()).token !== undefined);
  const token = Buffer.from((await data()).token ?? '', 'base64').toString();
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: { token } };
  const answer = await client.create(
    { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' },
    review,
  );
  assert.match(JSON.stringify(answer.status), /"authenticated":true.*system:serviceaccount:default:robot/);
  await client.delete(ACCOUNTS, ref);
  await until(async () => (await findObject(client, SECRETS, ref)) === undefined);
});
