import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { KubeObject } from '#kube/api';
import type { Client } from '#kube/client';
import { type Behaviour, patching, WebhookServer } from '../kube/admission/testing/webhook-server.ts';
import { type RunningServer, startServer } from './server.ts';

const GROUP = 'admissionregistration.k8s.io';
const MUTATING = { group: GROUP, version: 'v1', resource: 'mutatingwebhookconfigurations' };
const VALIDATING = { group: GROUP, version: 'v1', resource: 'validatingwebhookconfigurations' };
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
const SERVICES = { group: '', version: 'v1', resource: 'services' };
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const V1_SCALERS = { group: 'autoscaling', version: 'v1', resource: 'horizontalpodautoscalers' };

describe('admission webhooks', () => {
  let server: RunningServer;
  let client: Client;
  let hook: WebhookServer;
  let made: (() => Promise<unknown>)[] = [];

  before(async () => {
    server = await startServer({ listen: '127.0.0.1:0', datastore: 'memory' });
    client = server.client;
    hook = await WebhookServer.start();
    await client.create(NAMESPACES, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { hooked: 'yes' } },
    });
  });
  after(async () => {
    await hook[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    for (const remove of made) await remove();
    made = [];
    hook.received.length = 0;
    hook.behave = () => ({ allowed: true });
  });

  /** Configures webhooks that call `hook`, all of one kind. */
  async function configure(
    resource: typeof MUTATING,
    name: string,
    ...webhooks: Record<string, unknown>[]
  ): Promise<void> {
    const kind = resource === MUTATING ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration';
    await client.create(resource, {
      apiVersion: `${GROUP}/v1`,
      kind,
      metadata: { name },
      webhooks: webhooks.map((one, i) => ({
        name: `h${i}.example.com`,
        clientConfig: hook.clientConfig,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        timeoutSeconds: 2,
        namespaceSelector: { matchLabels: { hooked: 'yes' } },
        rules: [{ operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
        ...one,
      })),
    });
    made.push(() => client.delete(resource, { name }));
  }

  function configMap(name: string, data: Record<string, string> = {}, namespace = 'shop'): KubeObject {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
  }
  let count = 0;
  const create = (data?: Record<string, string>, namespace?: string) =>
    client.create(CONFIG_MAPS, configMap(`c${++count}`, data, namespace));

  it('MutatingAdmissionWebhook applies the patch', async () => {
    hook.behave = () => patching([{ op: 'add', path: '/data', value: { added: 'x' } }]);
    await configure(MUTATING, 'm', {});
    assert.deepEqual((await create()).data, { added: 'x' });
    const [request] = hook.received;
    assert.ok(request);
    assert.equal(request.operation, 'CREATE');
    assert.deepEqual(request.kind, { group: '', version: 'v1', kind: 'ConfigMap' });
    assert.deepEqual(request.requestKind, request.kind);
    assert.deepEqual(request.resource, CONFIG_MAPS);
    assert.equal(request.namespace, 'shop');
    assert.equal(request.oldObject, null);
    assert.equal(request.dryRun, false);
    assert.equal((request.options as { kind: string }).kind, 'CreateOptions');
    assert.equal((request.userInfo as { username: string }).username, 'system:apiserver');
  });

  it('MutatingAdmissionWebhook asks in the order of the names of configurations', async () => {
    hook.behave = ({ object }) => {
      const data = (object?.data ?? {}) as Record<string, string>;
      return patching([{ op: 'add', path: '/data', value: { ...data, [`k${Object.keys(data).length}`]: '1' } }]);
    };
    await configure(MUTATING, 'b', {});
    await configure(MUTATING, 'a', {}, {});
    assert.deepEqual((await create()).data, { k0: '1', k1: '1', k2: '1' });
  });

  it('MutatingAdmissionWebhook asks again, once, who wants to see what others changed', async () => {
    const seen: string[] = [];
    hook.behave = ({ object }) => {
      const data = (object?.data ?? {}) as Record<string, string>;
      seen.push(Object.keys(data).join());
      return patching([{ op: 'add', path: '/data', value: { ...data, [`k${seen.length}`]: '1' } }]);
    };
    await configure(MUTATING, 'm', { reinvocationPolicy: 'IfNeeded' }, {});
    await create();
    assert.deepEqual(seen, ['', 'k1', 'k1,k2']);
  });

  it('MutatingAdmissionWebhook lets the plugins before it see what it added', async () => {
    hook.behave = ({ object }) =>
      object?.kind === 'Pod'
        ? patching([{ op: 'add', path: '/spec/containers/-', value: { name: 'sidecar', image: 'x' } }])
        : { allowed: true };
    await configure(MUTATING, 'm', {
      rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
    });
    const pod = await client.create(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'shop' },
      spec: { containers: [{ name: 'main', image: 'x' }] },
    });
    const { containers } = pod.spec as { containers: { volumeMounts: unknown[]; imagePullPolicy: string }[] };
    assert.equal(containers.length, 2);
    assert.equal(containers[1]?.imagePullPolicy, 'Always', 'defaults are set in what webhooks add');
    assert.equal(containers[1]?.volumeMounts.length, 1, 'the token is mounted into it');
  });

  it('ValidatingAdmissionWebhook refuses with the words and the code of the webhook', async () => {
    hook.behave = () => ({
      allowed: false,
      status: { message: 'not today', code: 409, reason: 'Conflict' },
      warnings: ['w'],
    });
    await configure(VALIDATING, 'v', {});
    await assert.rejects(create(), {
      message: 'admission webhook "h0.example.com" denied the request: not today',
      code: 409,
    });
    hook.behave = () => ({ allowed: false });
    await assert.rejects(create(), {
      message: 'admission webhook "h0.example.com" denied the request without explanation',
      code: 400,
    });
    hook.behave = () => ({ allowed: false, status: { code: 200, message: 'odd' } });
    await assert.rejects(create(), { code: 400 });
  });

  it('webhooks see updates and deletes with what was there before', async () => {
    const map = await create({ a: '1' });
    await configure(VALIDATING, 'v', {
      rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }],
    });
    await client.update(CONFIG_MAPS, { ...map, data: { a: '2' } });
    await client.delete(CONFIG_MAPS, { name: map.metadata.name ?? '', namespace: 'shop' });
    const about = hook.received.filter(({ name }) => name === map.metadata.name);
    assert.deepEqual(
      about.map(({ operation }) => operation),
      ['UPDATE', 'DELETE'],
    );
    assert.deepEqual((about[0]?.oldObject as KubeObject | undefined)?.data, { a: '1' });
    assert.deepEqual(about[1]?.object, null);
    assert.deepEqual((about[1]?.oldObject as KubeObject | undefined)?.data, { a: '2' });
  });

  it('webhooks are asked only where namespace, labels, operation and conditions say so', async () => {
    await configure(
      VALIDATING,
      'v',
      { objectSelector: { matchLabels: { no: 'no' } } },
      { rules: [{ operations: ['DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }] },
      { rules: [{ operations: ['*'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['configmaps'] }] },
      {
        rules: [
          { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], scope: 'Cluster' },
        ],
      },
      { matchConditions: [{ name: 'never', expression: 'object.data.a == "2"' }] },
      { matchConditions: [{ name: 'me', expression: 'request.userInfo.username != "system:apiserver"' }] },
    );
    await create({ a: '1' }, 'default');
    await create({ a: '1' });
    assert.equal(hook.received.length, 0);
    await create({ a: '2' });
    assert.equal(hook.received.length, 1);
  });

  it('match conditions that fail are for the failure policy to judge', async () => {
    const conditions = { matchConditions: [{ name: 'bad', expression: 'object.data.missing == "2"' }] };
    await configure(VALIDATING, 'v', conditions);
    await assert.rejects(create({ a: '1' }), { code: 403, message: /resulted in error: no such key: missing/ });
    await made.pop()?.();
    await configure(VALIDATING, 'v', { ...conditions, failurePolicy: 'Ignore' });
    await create({ a: '1' });
    assert.equal(hook.received.length, 0);
  });

  it('webhooks of equivalent versions get the object in the version they know', async () => {
    const rules = [{ operations: ['CREATE'], apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['*'] }];
    await configure(VALIDATING, 'v', { rules }, { rules, matchPolicy: 'Exact' });
    await client.create(V1_SCALERS, {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'hpa', namespace: 'shop' },
      spec: {
        maxReplicas: 3,
        targetCPUUtilizationPercentage: 50,
        scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' },
      },
    });
    assert.equal(hook.received.length, 1);
    const [request] = hook.received;
    assert.ok(request);
    assert.equal(request.object?.apiVersion, 'autoscaling/v2');
    assert.deepEqual((request.kind as { version: string }).version, 'v2');
    assert.deepEqual((request.requestKind as { version: string }).version, 'v1');
  });

  const failures: readonly [title: string, Behaviour, RegExp][] = [
    [
      'is slow',
      () => new Promise(() => undefined),
      /failed to call webhook: Post "https:\/\/127\.0\.0\.1:\d+\/admit\?timeout=2s": context deadline exceeded/,
    ],
    [
      'crashes',
      (_, response) => void response.socket?.destroy(),
      /failed to call webhook: Post .*: (read: connection reset|socket hang up)/,
    ],
    [
      'answers 500',
      (_, response) => void response.writeHead(500).end('oops'),
      /an error on the server \("oops"\) has prevented the request from succeeding/,
    ],
    [
      'redirects',
      (_, response) => void response.writeHead(302, { location: 'https://127.0.0.1:1/' }).end(),
      /status code 302/,
    ],
    [
      'answers no JSON',
      (_, response) => void response.end('<html>'),
      /failed to call webhook: Post .*: the answer is not JSON/,
    ],
    [
      'answers null',
      (_, response) => void response.end('null'),
      /received invalid webhook response: expected webhook response/,
    ],
    [
      'answers without end',
      (_, response) => {
        const timer = setInterval(() => response.write(Buffer.alloc(4 << 20)), 1);
        response.on('close', () => clearInterval(timer));
        return undefined;
      },
      /the answer is larger than/,
    ],
    [
      'answers another question',
      () => ({ uid: 'other', allowed: true }),
      /received invalid webhook response: expected response.uid=/,
    ],
    [
      'patches without a type',
      () => ({ allowed: true, patch: 'W10=' }),
      /returned response.patch but not response.patchType/,
    ],
    [
      'patches in a type of its own',
      () => ({ allowed: true, patch: 'W10=', patchType: 'Magic' }),
      /invalid response.patchType of "Magic"/,
    ],
  ];
  for (const [title, behave, message] of failures) {
    it(`a webhook that ${title} fails the request, unless that is to be ignored`, async () => {
      hook.behave = behave;
      await configure(MUTATING, 'm', {});
      await assert.rejects(create(), (error: Error & { code: number }) => {
        assert.match(error.message, /^Internal error occurred: failed calling webhook "h0\.example\.com": /);
        assert.match(error.message, message);
        assert.equal(error.code, 500);
        return true;
      });
      await made.pop()?.();
      await configure(MUTATING, 'm', { failurePolicy: 'Ignore', timeoutSeconds: 1 });
      await create();
    });
  }

  const badPatches: readonly [title: string, operations: unknown[], RegExp][] = [
    ['does not fit', [{ op: 'remove', path: '/data/none' }], /Internal error occurred: .*/],
    ['makes something of a wrong type', [{ op: 'add', path: '/data', value: 'x' }], /Internal error occurred: .*/],
    ['takes the metadata away', [{ op: 'remove', path: '/metadata' }], /Internal error occurred: .*/],
    [
      'moves the object to another kind',
      [{ op: 'replace', path: '/kind', value: 'Secret' }],
      /Internal error occurred: .*/,
    ],
    [
      'moves the object to another namespace',
      [{ op: 'replace', path: '/metadata/namespace', value: 'default' }],
      /does not match the namespace sent/,
    ],
  ];
  for (const [title, operations, message] of badPatches) {
    it(`a patch that ${title} fails the request, whatever the failure policy`, async () => {
      hook.behave = () => patching(operations);
      await configure(MUTATING, 'm', { failurePolicy: 'Ignore' });
      await assert.rejects(create(), { message });
    });
  }

  it('a patch cannot give the object another identity, or poison prototypes', async () => {
    hook.behave = () =>
      patching([
        { op: 'add', path: '/metadata/uid', value: 'mine' },
        { op: 'add', path: '/data', value: { a: '1' } },
        { op: 'add', path: '/__proto__', value: { polluted: 'yes' } },
      ]);
    await configure(MUTATING, 'm', {});
    const map = await create();
    assert.notEqual(map.metadata.uid, 'mine');
    assert.equal(({} as { polluted?: string }).polluted, undefined);
    assert.deepEqual(map.data, { a: '1' });
  });

  it('a validating webhook may not patch', async () => {
    hook.behave = () => patching([]);
    await configure(VALIDATING, 'v', {});
    await assert.rejects(create(), { message: /validating webhook may not return response.patch/ });
  });

  it('a webhook with a certificate of somebody else is not trusted', async () => {
    await configure(VALIDATING, 'v', { clientConfig: { url: hook.clientConfig.url } });
    await assert.rejects(create(), { message: /x509: certificate signed by unknown authority/ });
    assert.equal(hook.received.length, 0);
  });

  it('a webhook that is away fails with its address', async () => {
    await configure(VALIDATING, 'v', { clientConfig: { url: 'https://127.0.0.1:9/' } });
    await assert.rejects(create(), {
      message:
        /failed to call webhook: Post "https:\/\/127.0.0.1:9\/\?timeout=2s": dial tcp 127.0.0.1:9: connect: connection refused/,
    });
  });

  it('dry runs do not reach webhooks with side effects', async () => {
    await configure(VALIDATING, 'v', { sideEffects: 'NoneOnDryRun' });
    await client.create(CONFIG_MAPS, configMap('dry'), { dryRun: true });
    assert.equal(hook.received[0]?.dryRun, true);
  });

  it('webhooks behind a service are found, and must have a certificate for its name', async () => {
    const makeService = (name: string, spec: Record<string, unknown>) =>
      client.create(SERVICES, { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec });
    const configureService = (name: string, port: number) => {
      const service = { name, namespace: 'default', path: '/admit', port };
      return configure(VALIDATING, 'v', { clientConfig: { service, caBundle: hook.caBundle } });
    };
    await makeService('empty', { ports: [{ port: 443 }] });
    await configureService('empty', 443);
    await assert.rejects(create(), { message: /no endpoints available for service "empty"/ });
    await made.pop()?.();
    const elsewhere = { type: 'ExternalName', externalName: 'localhost' };
    await makeService('hook', elsewhere);
    await configureService('hook', hook.port);
    await create();
    assert.equal(hook.received.length, 1);
    await made.pop()?.();
    await makeService('other', elsewhere);
    await configureService('other', hook.port);
    await assert.rejects(create(), { message: /failed to verify certificate/ });
  });

  it('configurations are not admitted by what they configure', async () => {
    hook.behave = () => ({ allowed: false });
    await configure(VALIDATING, 'v', {
      namespaceSelector: {},
      rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }],
    });
    await assert.rejects(create(), { message: /denied the request/ });
    await made.pop()?.();
    await create();
  });

  it('connections are kept for the next call', async () => {
    await configure(VALIDATING, 'v', {});
    const earlier = hook.connections;
    for (let i = 0; i < 10; i++) await create();
    assert.ok(hook.connections - earlier <= 1, `${hook.connections - earlier} connections for ten calls`);
  });
});
