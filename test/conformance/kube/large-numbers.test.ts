/** Whole numbers beyond 2^53, which JavaScript's own numbers round: they are kept wherever objects go. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { TestCluster } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';
import { patchOf, Webhooks } from './support/webhooks.ts';

const LARGE = '9007199254740993';
const path = '/apis/x.example.org/v1/namespaces/default/counters';
const { api } = forAllTests(await TestCluster.start());

before(async () => {
  const limit = `{"type":"integer","maximum":${LARGE},"default":${LARGE}}`;
  const schema = `{"openAPIV3Schema":{"type":"object","properties":{"limit":${limit},"count":{"type":"integer"}}}}`;
  const definition = `{"metadata":{"name":"counters.x.example.org"},"spec":{"group":"x.example.org","scope":"Namespaced",
    "names":{"plural":"counters","kind":"Counter"},"versions":[{"name":"v1","served":true,"storage":true,"schema":${schema}}]}}`;
  const { code, text } = await api.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    body: definition,
  });
  assert.equal(code, 201, text);
  await eventually('the kind is served', async () => (await api.call('GET', path)).code === 200);
});

function counter(name: string): string {
  return `{"apiVersion":"x.example.org/v1","kind":"Counter","metadata":{"name":"${name}"},"count":-${LARGE}}`;
}

it('are defaults of custom resources, and stay in them', async () => {
  const { code, text } = await api.call('POST', path, { body: counter('plain') });
  assert.equal(code, 201, text);
  assert.match(text, new RegExp(`"limit":${LARGE}\\b`));
  assert.match(text, new RegExp(`"count":-${LARGE}\\b`));
});

it('stay in what webhooks and policies change', async () => {
  await using webhooks = await Webhooks.start(api);
  webhooks.decide(() => patchOf({ op: 'add', path: '/metadata/labels', value: { by: 'webhook' } }));
  const rule = { apiGroups: ['x.example.org'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['counters'] };
  await webhooks.register('Mutating', [rule]);
  const { code, text } = await api.call('POST', path, { body: counter('changed') });
  assert.equal(code, 201, text);
  assert.match(text, /"by":"webhook"/);
  assert.match(text, new RegExp(`"count":-${LARGE}\\b`));
  await webhooks.clear();
});
