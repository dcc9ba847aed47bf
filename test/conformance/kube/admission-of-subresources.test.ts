/** What webhooks and policies are shown of requests that are not about a whole object: Scale, Binding, Eviction, TokenRequest, connections. */
import assert from 'node:assert/strict';
import { afterEach, before, describe } from 'node:test';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster } from '../../lib/kube.ts';
import { defineKind } from './support/custom-kinds.ts';
import { it } from './support/scenario.ts';
import { patchOf, Webhooks } from './support/webhooks.ts';

const core = '/api/v1/namespaces/default';
const apps = '/apis/apps/v1/namespaces/default';
const registration = '/apis/admissionregistration.k8s.io/v1';
const { api } = forAllTests(await TestCluster.start());
const webhooks = forAllTests(await Webhooks.start(api));
let count = 0;

before(async () => {
  await api.create(`${core}/serviceaccounts`, { metadata: { name: 'robot' } });
});

afterEach(async () => {
  await webhooks.clear();
  for (const kind of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies']) {
    await api.delete(`${registration}/${kind}`);
  }
});

const rule = (group: string, ...resources: string[]) => ({
  apiGroups: [group],
  apiVersions: ['*'],
  operations: ['*'],
  resources,
});

async function deployment(): Promise<string> {
  const name = `web-${++count}`;
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  await api.create(`${apps}/deployments`, {
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  });
  return `${apps}/deployments/${name}`;
}

async function pod(spec: object = {}): Promise<string> {
  const name = `pod-${++count}`;
  await api.create(`${core}/pods`, {
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  });
  return `${core}/pods/${name}`;
}

/** A policy with one rule that denies. */
async function deny(unless: string, rules: object[], messageExpression?: string): Promise<void> {
  const name = `policy-${++count}`;
  const validation = {
    expression: unless,
    message: 'refused by policy',
    ...(messageExpression && { messageExpression }),
  };
  await api.create(`${registration}/validatingadmissionpolicies`, {
    metadata: { name },
    spec: { matchConstraints: { resourceRules: rules }, validations: [validation] },
  });
  await api.create(`${registration}/validatingadmissionpolicybindings`, {
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  });
}

describe('scale', () => {
  const scale = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

  it('is shown to webhooks as a Scale, before and after', async () => {
    const seen = webhooks.decide();
    const path = await deployment();
    for (const kind of ['Mutating', 'Validating'] as const) {
      await webhooks.register(kind, [rule('apps', 'deployments/scale')]);
    }
    const found = await api.get(`${path}/scale`);
    await api.update(`${path}/scale`, { ...found, spec: { replicas: 3 } });
    await api.patch(`${path}/scale`, 'merge', { spec: { replicas: 4 } });
    assert.equal(seen.length, 4);
    for (const [index, { kind, requestKind, resource, subResource, operation, object, oldObject }] of seen.entries()) {
      assert.deepEqual([kind, requestKind], [scale, scale]);
      assert.deepEqual([resource.resource, subResource, operation], ['deployments', 'scale', 'UPDATE']);
      assert.deepEqual([object?.kind, oldObject?.kind], ['Scale', 'Scale']);
      assert.equal(at(object, 'spec.replicas'), index < 2 ? 3 : 4);
      assert.equal(at(oldObject, 'spec.replicas'), index < 2 ? 1 : 3);
      assert.equal(object?.metadata.name, path.split('/').at(-1));
    }
    assert.deepEqual(
      seen.map(({ options }) => options?.kind),
      ['UpdateOptions', 'UpdateOptions', 'PatchOptions', 'PatchOptions'],
    );
  });

  it('is changed by webhooks', async () => {
    webhooks.decide(() => patchOf({ op: 'replace', path: '/spec/replicas', value: 2 }));
    const path = await deployment();
    await webhooks.register('Mutating', [rule('apps', 'deployments/scale')]);
    assert.equal(at(await api.patch(`${path}/scale`, 'merge', { spec: { replicas: 9 } }), 'spec.replicas'), 2);
    assert.equal(at(await api.get(path), 'spec.replicas'), 2);
  });

  it('that a webhook makes nonsense of is refused', async () => {
    webhooks.decide(() => patchOf({ op: 'replace', path: '/spec/replicas', value: 'many' }));
    const path = await deployment();
    await webhooks.register('Mutating', [rule('apps', 'deployments/scale')]);
    await refused(api.patch(`${path}/scale`, 'merge', { spec: { replicas: 9 } }), 400);
    assert.equal(at(await api.get(path), 'spec.replicas'), 1);
  });

  it('is what policies see', async () => {
    const path = await deployment();
    const both = 'object.kind == "Scale" && oldObject.spec.replicas == 1 && request.requestKind.kind == "Scale"';
    await deny(`!(${both}) || object.spec.replicas <= 5`, [rule('apps', 'deployments/scale')]);
    await api.patch(`${path}/scale`, 'merge', { spec: { replicas: 1 } });
    const status = await refused(api.patch(`${path}/scale`, 'merge', { spec: { replicas: 6 } }), 422, 'Invalid');
    assert.match(status.message ?? '', /refused by policy/);
  });

  it('of custom resources is a Scale too', async () => {
    const seen = webhooks.decide();
    const schema = {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { size: { type: 'integer' } } },
        status: { type: 'object', properties: { size: { type: 'integer' } } },
      },
    };
    const scalePaths = { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' };
    const versions = [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema },
        subresources: { scale: scalePaths },
      },
    ];
    await defineKind(api, { names: { plural: 'herds', kind: 'Herd' }, versions });
    const herds = '/apis/example.org/v1/namespaces/default/herds';
    await api.create(herds, { apiVersion: 'example.org/v1', kind: 'Herd', metadata: { name: 'h' }, spec: { size: 1 } });
    await webhooks.register('Validating', [rule('example.org', 'herds/scale')]);
    await api.patch(`${herds}/h/scale`, 'merge', { spec: { replicas: 7 } });
    assert.deepEqual(
      seen.map(({ kind, object, oldObject }) => [
        kind.kind,
        at(object, 'spec.replicas'),
        at(oldObject, 'spec.replicas'),
      ]),
      [['Scale', 7, 1]],
    );
    assert.equal(at(await api.get(`${herds}/h`), 'spec.size'), 7);
  });
});

describe('bodies that are posted', () => {
  it('a binding is a Binding that is created, once', async () => {
    const seen = webhooks.decide();
    const path = await pod();
    await webhooks.register('Validating', [rule('', 'pods/*', 'bindings')]);
    await api.create(`${path}/binding`, { metadata: {}, target: { kind: 'Node', name: 'n1' } });
    assert.equal(seen.length, 1);
    const [{ kind, resource, subResource, operation, object, oldObject, name } = assert.fail()] = seen;
    assert.deepEqual([kind.kind, resource.resource, subResource, operation], ['Binding', 'pods', 'binding', 'CREATE']);
    assert.deepEqual([name, at(object, 'target.name'), oldObject], [path.split('/').at(-1), 'n1', null]);
  });

  it('a webhook may send a pod to another node', async () => {
    webhooks.decide(() => patchOf({ op: 'replace', path: '/target/name', value: 'n2' }));
    const path = await pod();
    await webhooks.register('Mutating', [rule('', 'pods/binding')]);
    await api.create(`${path}/binding`, { metadata: {}, target: { kind: 'Node', name: 'n1' } });
    assert.equal(at(await api.get(path), 'spec.nodeName'), 'n2');
  });

  it('policies keep pods off nodes', async () => {
    const path = await pod();
    await deny('object.target.name != "secret"', [rule('', 'pods/binding')]);
    await refused(api.create(`${path}/binding`, { metadata: {}, target: { kind: 'Node', name: 'secret' } }), 422);
    assert.equal(at(await api.get(path), 'spec.nodeName'), undefined);
    await api.create(`${path}/binding`, { metadata: {}, target: { kind: 'Node', name: 'open' } });
  });

  it('an eviction is an Eviction; with a delete of the pod to follow', async () => {
    const seen = webhooks.decide();
    const path = await pod();
    await webhooks.register('Validating', [rule('', 'pods', 'pods/*')]);
    await api.create(`${path}/eviction`, { metadata: {}, deleteOptions: { gracePeriodSeconds: 0 } });
    assert.deepEqual(
      seen.map(({ kind, subResource, operation }) => [kind.group, kind.kind, subResource, operation]),
      [
        ['policy', 'Eviction', 'eviction', 'CREATE'],
        ['', 'Pod', undefined, 'DELETE'],
      ],
    );
  });

  it('a token request is a TokenRequest, whole when it is checked', async () => {
    const seen = webhooks.decide();
    await webhooks.register('Validating', [rule('', 'serviceaccounts/token')]);
    await api.create(`${core}/serviceaccounts/robot/token`, { spec: { expirationSeconds: 3600 } });
    const [{ kind, subResource, operation, object } = assert.fail()] = seen;
    assert.deepEqual([kind.kind, subResource, operation], ['TokenRequest', 'token', 'CREATE']);
    assert.deepEqual([object?.metadata.name, object?.metadata.namespace], ['robot', 'default']);
    await refused(api.create(`${core}/serviceaccounts/robot/token`, { metadata: { name: 'other' }, spec: {} }), 422);
  });

  it('a webhook decides for whom a token is', async () => {
    webhooks.decide(() => patchOf({ op: 'add', path: '/spec/audiences', value: ['vault'] }));
    await webhooks.register('Mutating', [rule('', 'serviceaccounts/token')]);
    const answer = await api.create(`${core}/serviceaccounts/robot/token`, { spec: {} });
    assert.deepEqual(at(answer, 'spec.audiences'), ['vault']);
  });

  it('ephemeral containers are an update of the Pod', async () => {
    const seen = webhooks.decide();
    const path = await pod();
    await webhooks.register('Validating', [rule('', 'pods/ephemeralcontainers')]);
    await api.patch(`${path}/ephemeralcontainers`, 'strategic', {
      spec: { ephemeralContainers: [{ name: 'debug', image: 'i' }] },
    });
    const [{ kind, subResource, operation, object, oldObject } = assert.fail()] = seen;
    assert.deepEqual([kind.kind, subResource, operation], ['Pod', 'ephemeralcontainers', 'UPDATE']);
    assert.equal(at(object, 'spec.ephemeralContainers.0.name'), 'debug');
    assert.equal(at(oldObject, 'spec.ephemeralContainers'), undefined);
  });
});

describe('connections', () => {
  const WebSocketHeaders = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': 'v5.channel.k8s.io',
  };

  for (const [way, headers] of [
    ['that upgrade', WebSocketHeaders],
    ['that do not', {}],
  ] as const) {
    it(`${way} are shown to webhooks with their options`, async () => {
      const seen = webhooks.decide();
      const path = await pod({ nodeName: 'n' });
      for (const kind of ['Mutating', 'Validating'] as const) await webhooks.register(kind, [rule('', 'pods/*')]);
      const query = 'command=sh&command=-c&container=c&stdin=true&stdout=1&stderr=false&tty=0';
      const answer = await api.call('GET', `${path}/exec?${query}`, { headers });
      assert.equal(answer.code, 503);
      assert.equal(seen.length, 2);
      for (const { kind, resource, subResource, operation, object, oldObject, options, name } of seen) {
        assert.deepEqual([kind.group, kind.version, kind.kind], ['', 'v1', 'PodExecOptions']);
        assert.deepEqual([resource.resource, subResource, operation], ['pods', 'exec', 'CONNECT']);
        assert.deepEqual([name, oldObject, options], [path.split('/').at(-1), null, null]);
        assert.deepEqual(object, {
          kind: 'PodExecOptions',
          apiVersion: 'v1',
          stdin: true,
          stdout: true,
          container: 'c',
          command: ['sh', '-c'],
        });
      }
    });
  }

  it('of the other kinds have options of their own', async () => {
    const seen = webhooks.decide();
    const path = await pod({ nodeName: 'n' });
    await api.create('/api/v1/nodes', { metadata: { name: `node-${++count}` } });
    await webhooks.register('Validating', [rule('', 'pods/*', 'nodes/*')]);
    await api.call('POST', `${path}/attach?tty=true`);
    await api.call('POST', `${path}/portforward?ports=80&ports=443`);
    await api.call('PUT', `${path}/proxy/a/b?c=d`);
    await api.call('GET', `/api/v1/nodes/node-${count}/proxy/metrics`);
    assert.deepEqual(
      seen.map(({ operation, object }) => [operation, object]),
      [
        ['CONNECT', { kind: 'PodAttachOptions', apiVersion: 'v1', tty: true }],
        ['CONNECT', { kind: 'PodPortForwardOptions', apiVersion: 'v1', ports: [80, 443] }],
        ['CONNECT', { kind: 'PodProxyOptions', apiVersion: 'v1', path: 'a/b' }],
        ['CONNECT', { kind: 'NodeProxyOptions', apiVersion: 'v1', path: 'metrics' }],
      ],
    );
  });

  it('are refused by webhooks before anything else is looked at', async () => {
    webhooks.decide(() => ({ allowed: false, status: { code: 403, message: 'no shells' } }));
    await webhooks.register('Validating', [rule('', 'pods/exec')]);
    for (const headers of [{}, WebSocketHeaders]) {
      const answer = await api.call('GET', `${core}/pods/nobody/exec?command=sh`, { headers });
      assert.equal(answer.code, 403);
      assert.match(answer.text, /denied the request: no shells/);
    }
  });

  it('are refused by policies', async () => {
    const path = await pod({ nodeName: 'n' });
    await deny('request.operation != "CONNECT" || !has(object.tty) || !object.tty', [rule('', 'pods/exec')]);
    const shell = await api.call('GET', `${path}/exec?command=sh&tty=true`, { headers: WebSocketHeaders });
    assert.equal(shell.code, 422);
    assert.match(shell.text, /refused by policy/);
    assert.equal((await api.call('GET', `${path}/exec?command=sh`, { headers: WebSocketHeaders })).code, 503);
  });

  it('have no labels that an object selector could want', async () => {
    const seen = webhooks.decide();
    const path = await pod({ nodeName: 'n' });
    await webhooks.register('Validating', [rule('', 'pods/*')], { objectSelector: { matchLabels: { a: 'b' } } });
    await api.call('POST', `${path}/attach`);
    assert.equal(seen.length, 0);
  });

  it('to read a log are none', async () => {
    const seen = webhooks.decide();
    const path = await pod({ nodeName: 'n' });
    await webhooks.register('Validating', [rule('', 'pods/*')]);
    assert.equal((await api.call('GET', `${path}/log`)).code, 503);
    assert.equal(seen.length, 0);
  });

  it('to services are admitted, and change nothing of the service', async () => {
    const seen = webhooks.decide();
    const spec = { ports: [{ port: 80 }] };
    const made = await api.create(`${core}/services`, { metadata: { name: 'shop' }, spec });
    await webhooks.register('Validating', [rule('', 'services/proxy')]);
    for (const method of ['GET', 'PUT', 'PATCH']) {
      const body = { ...made, spec: { ...(made.spec as object), clusterIP: 'nonsense' } };
      const headers = { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
      const answer = await api.call(method, `${core}/services/shop/proxy/x`, {
        headers,
        ...(method === 'GET' ? {} : { body }),
      });
      assert.equal(answer.code, 503);
    }
    assert.deepEqual(
      seen.map(({ kind, object }) => [kind.kind, object?.path]),
      Array.from({ length: 3 }, () => ['ServiceProxyOptions', 'x']),
    );
    assert.equal((await api.get(`${core}/services/shop`)).metadata.resourceVersion, made.metadata.resourceVersion);
  });

  it('cannot be tried dry', async () => {
    assert.equal((await api.call('POST', `${await pod({ nodeName: 'n' })}/attach?dryRun=All`)).code, 400);
  });
});
