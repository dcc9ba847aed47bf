/** Servers beside ours: admission webhooks and aggregated APIs, both real HTTPS servers. */
import assert from 'node:assert/strict';
import { afterEach, before, describe } from 'node:test';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster, warningsOf } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';
import { aggregate, availabilityOf } from './support/aggregate.ts';
import { it } from './support/scenario.ts';
import { patchOf, Webhooks } from './support/webhooks.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const { api } = forAllTests(await TestCluster.start());
const webhooks = forAllTests(await Webhooks.start(api));
const { server: extension } = webhooks;
let count = 0;

const decide = webhooks.decide.bind(webhooks);

/** A webhook for config maps, unless `extra` says otherwise. */
function register(kind: 'Mutating' | 'Validating', extra: object = {}): Promise<string> {
  const operations = ['CREATE', 'UPDATE', 'DELETE'];
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations, resources: ['configmaps'] }];
  return webhooks.register(kind, rules, { timeoutSeconds: 2, ...extra });
}

const map = () => ({ metadata: { name: `m-${++count}` }, data: { a: '1' } });

describe('webhooks', () => {
  afterEach(() => webhooks.clear());

  it('change what is created', async () => {
    decide(() => patchOf({ op: 'add', path: '/data/by', value: 'hook' }));
    await register('Mutating');
    assert.deepEqual((await api.create(maps, map())).data, { a: '1', by: 'hook' });
  });

  it('are asked with the whole request', async () => {
    const seen = decide(() => ({}));
    await register('Validating');
    const { metadata } = await api.create(maps, map());
    await api.patch(`${maps}/${metadata.name}`, 'merge', { data: { a: '2' } });
    await api.delete(`${maps}/${metadata.name}`);
    assert.deepEqual(
      seen.map(({ operation }) => operation),
      ['CREATE', 'UPDATE', 'DELETE'],
    );
    assert.equal(seen[0]?.oldObject ?? null, null);
    assert.deepEqual(at(seen[1]?.oldObject, 'data'), { a: '1' });
    assert.equal(seen[2]?.object ?? null, null);
    assert.equal(seen[0]?.userInfo.username, 'kubernetes-admin');
  });

  it('refuse, with their own words', async () => {
    decide(() => ({ allowed: false, status: { code: 403, message: 'not today' } }));
    await register('Validating');
    const status = await refused(api.create(maps, map()), 403);
    assert.match(status.message ?? '', /admission webhook "hook-\d+\.example\.org" denied the request: not today/);
  });

  it('warn', async () => {
    decide(() => ({ warnings: ['take care'] }));
    await register('Validating');
    const answer = await api.call('POST', maps, { body: map() });
    assert.deepEqual(warningsOf(answer), ['take care']);
  });

  it('that are away refuse under Fail and are passed over under Ignore', async () => {
    const clientConfig = { url: 'https://127.0.0.1:1/' };
    const path = await register('Validating', { failurePolicy: 'Ignore', clientConfig });
    await api.create(maps, map());
    await api.delete(path);
    await register('Validating', { failurePolicy: 'Fail', clientConfig });
    const status = await refused(api.create(maps, map()), 500, 'InternalError');
    assert.match(status.message ?? '', /failed calling webhook/);
  });

  it('are counted by what came of them', async () => {
    const clientConfig = { url: 'https://127.0.0.1:1/' };
    const counted = async (metric: string, name: string, ...labels: string[]) => {
      const { text } = await api.call('GET', '/metrics');
      const line = text
        .split('\n')
        .find(
          (one) => one.startsWith(`${metric}{`) && [`name="${name}"`, ...labels].every((label) => one.includes(label)),
        );
      return line === undefined ? 0 : Number(line.split(' ').at(-1));
    };
    const nameOf = (path: string) => `${path.split('/').at(-1)}.example.org`;
    const open = nameOf(await register('Validating', { failurePolicy: 'Ignore', clientConfig }));
    decide(({ name }) => (name?.startsWith('bad') ? { allowed: false, status: { code: 418 } } : {}));
    const hook = nameOf(await register('Mutating'));
    await api.create(maps, map());
    await refused(api.create(maps, { metadata: { name: `bad-${++count}` } }), 418);
    const duration = 'apiserver_admission_webhook_admission_duration_seconds_count';
    const labels = ['type="admit"', 'operation="CREATE"'];
    assert.equal(await counted(duration, hook, ...labels, 'rejected="false"'), 1);
    assert.equal(await counted(duration, hook, ...labels, 'rejected="true"'), 1);
    const requests = 'apiserver_admission_webhook_request_total';
    assert.equal(await counted(requests, hook, ...labels, 'code="200"', 'rejected="false"'), 1);
    assert.equal(await counted(requests, hook, ...labels, 'code="418"', 'rejected="true"'), 1);
    const rejections = 'apiserver_admission_webhook_rejection_count';
    assert.equal(await counted(rejections, hook, 'error_type="no_error"', 'rejection_code="418"'), 1);
    assert.equal(await counted('apiserver_admission_webhook_fail_open_count', open, 'type="validating"'), 1);
    const closed = nameOf(await register('Validating', { failurePolicy: 'Fail', clientConfig }));
    await refused(api.create(maps, map()), 500);
    assert.equal(await counted(rejections, closed, 'error_type="calling_webhook_error"', 'rejection_code="0"'), 1);
  });

  it('that take too long count as away', async () => {
    extension.behaviour = (_request, _body, response) => {
      response.writeHead(200).flushHeaders();
      return undefined;
    };
    await register('Validating', { failurePolicy: 'Fail', timeoutSeconds: 1 });
    await refused(api.create(maps, map()), 500, 'InternalError');
  });

  it('whose certificate is of somebody else are not trusted', async () => {
    decide(() => ({}));
    await register('Validating', { clientConfig: { url: `https://127.0.0.1:${extension.port}/` } });
    await refused(api.create(maps, map()), 500);
  });

  it('are not asked about what their selectors leave out', async () => {
    const seen = decide(() => ({}));
    await register('Validating', { objectSelector: { matchLabels: { watched: 'yes' } } });
    await api.create(maps, map());
    await api.create(maps, { metadata: { name: `m-${++count}`, labels: { watched: 'yes' } } });
    assert.equal(seen.length, 1);
  });

  it('are asked under match conditions alone', async () => {
    const seen = decide(() => ({}));
    await register('Validating', {
      matchConditions: [{ name: 'big', expression: "object.metadata.name.startsWith('big')" }],
    });
    await api.create(maps, map());
    await api.create(maps, { metadata: { name: `big-${++count}` } });
    assert.equal(seen.length, 1);
  });

  it('with side effects are not asked for dry runs, which are refused', async () => {
    const seen = decide(() => ({}));
    // Only old versions may have other side effects than None; these say that dry runs are safe.
    await register('Validating', { sideEffects: 'NoneOnDryRun' });
    await api.create(`${maps}?dryRun=All`, map());
    assert.equal(seen[0]?.dryRun, true);
  });

  it('that answer nonsense count as away', async () => {
    await register('Validating', { failurePolicy: 'Fail' });
    for (const answer of [
      {},
      [],
      'x',
      { response: null },
      { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: 'other', allowed: true } },
    ]) {
      extension.behaviour = () => answer;
      await refused(api.create(maps, map()), 500);
    }
  });

  it('cannot make something else of what they change', async () => {
    for (const [field, value] of [
      ['kind', 'PodExecOptions'],
      ['kind', 'Binding'],
      ['kind', 'Secret'],
      ['apiVersion', 'v2'],
    ]) {
      decide(() => patchOf({ op: 'replace', path: `/${field}`, value }));
      const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }];
      const hook = await register('Mutating', { rules });
      const pod = { metadata: { name: 'odd' }, spec: { containers: [{ name: 'c', image: 'example.org/i' }] } };
      await refused(api.create('/api/v1/namespaces/default/pods', pod), 500);
      await api.delete(hook);
    }
  });

  it('cannot move what they change to another namespace', async () => {
    decide(() => patchOf({ op: 'replace', path: '/metadata/namespace', value: 'kube-system' }));
    await register('Mutating');
    const body = map();
    const { code } = await api.call('POST', maps, { body });
    assert.ok(code >= 400, String(code));
    await refused(api.get(maps.replace('default', 'kube-system').concat(`/${body.metadata.name}`)), 404);
  });
});

describe('aggregated APIs', () => {
  const service = '/apis/apiregistration.k8s.io/v1/apiservices/v1.ext.example.org';
  /** Of the newest request for gadgets: the server itself asks for discovery and OpenAPI at any time. */
  let headers: Record<string, unknown> = {};

  before(async () => {
    extension.behaviour = (request, body) => {
      if (request.url?.includes('/gadgets') === true) headers = { ...request.headers };
      const resources = [
        { name: 'gadgets', singularName: 'gadget', kind: 'Gadget', namespaced: true, verbs: ['get', 'list', 'create'] },
      ];
      if (request.url === '/apis/ext.example.org/v1')
        return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'ext.example.org/v1', resources };
      if (request.url?.includes('/gadgets') === true)
        return { kind: 'Gadget', apiVersion: 'ext.example.org/v1', url: request.url, method: request.method, body };
      return { kind: 'Status', status: 'Success' };
    };
    await aggregate(api, 'ext', extension);
    await eventually('the API is available', async () => (await availabilityOf(api, service)) === 'True');
  });

  it('are asked with path, query, method and body as they came', async () => {
    const path = '/apis/ext.example.org/v1/namespaces/default/gadgets/g?x=%2F';
    assert.equal((await api.get<{ url: string }>(path)).url, path);
    const posted = await api.create<{ method: string; body: string }>(
      '/apis/ext.example.org/v1/namespaces/default/gadgets',
      { a: 1 },
    );
    assert.deepEqual([posted.method, posted.body], ['POST', '{"a":1}']);
  });

  it('are told who asks, and nothing of his credentials', async () => {
    using user = api.impersonating('someone', 'system:masters');
    await user.get('/apis/ext.example.org/v1/namespaces/default/gadgets/g');
    assert.equal(headers['x-remote-user'], 'someone');
    assert.match(String(headers['x-remote-group']), /system:masters/);
    assert.equal(headers.authorization, undefined);
    assert.equal(headers['impersonate-user'], undefined);
  });

  it('are not told what a client claims to be', async () => {
    await api.get('/apis/ext.example.org/v1/namespaces/default/gadgets/g', {
      'x-remote-user': 'forged',
      'x-remote-group': 'forged',
      'x-remote-extra-a': 'forged',
    });
    assert.doesNotMatch(JSON.stringify(headers), /forged/);
  });

  it('are asked by those who may', async () => {
    using nobody = api.as({ anonymous: true });
    assert.equal((await nobody.call('GET', '/apis/ext.example.org/v1/namespaces/default/gadgets/g')).code, 403);
  });

  it('are in discovery', async () => {
    const { groups } = await api.get<{ groups: { name: string }[] }>('/apis');
    assert.ok(groups.some(({ name }) => name === 'ext.example.org'));
    assert.equal((await api.get('/apis/ext.example.org/v1')).kind, 'APIResourceList');
    await eventually('the aggregated document has it', async () => {
      const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
      return (await api.call('GET', '/apis', { headers: { accept } })).text.includes('"gadgets"');
    });
  });

  it('that are away are 503', async () => {
    await extension[Symbol.asyncDispose]();
    await refused(api.get('/apis/ext.example.org/v1/namespaces/default/gadgets/g'), 503, 'ServiceUnavailable');
  });

  it('are gone with their APIService', async () => {
    await api.delete(service);
    await eventually('the path is gone', async () => (await api.call('GET', '/apis/ext.example.org/v1')).code === 404);
  });
});
