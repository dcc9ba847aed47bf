import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { KubeObject } from '#kube/api';
import type { Client } from '#kube/client';
import { type RunningServer, startServer } from './server.ts';

const GROUP = 'admissionregistration.k8s.io';
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };

describe('admission policies', () => {
  let server: RunningServer;
  let client: Client;
  let made: (() => Promise<unknown>)[] = [];
  let count = 0;

  before(async () => {
    server = await startServer({ listen: '127.0.0.1:0', datastore: 'memory', controllers: false });
    client = server.client;
    await client.create(NAMESPACES, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { team: 'blue' } },
    });
  });
  after(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    for (const remove of made) await remove();
    made = [];
  });

  const RULES = [
    {
      operations: ['CREATE', 'UPDATE'],
      apiGroups: ['', 'apps'],
      apiVersions: ['v1'],
      resources: ['configmaps', 'deployments'],
    },
  ];

  /** A policy with one binding. */
  async function policy(
    kind: 'Validating' | 'Mutating',
    spec: Record<string, unknown>,
    binding: Record<string, unknown> = {},
  ): Promise<void> {
    const name = `p${++count}`;
    const plural = kind.toLowerCase();
    const policies = { group: GROUP, version: 'v1', resource: `${plural}admissionpolicies` };
    const bindings = { group: GROUP, version: 'v1', resource: `${plural}admissionpolicybindings` };
    const common = kind === 'Mutating' ? { reinvocationPolicy: 'Never' } : {};
    await client.create(policies, {
      apiVersion: `${GROUP}/v1`,
      kind: `${kind}AdmissionPolicy`,
      metadata: { name },
      spec: { matchConstraints: { resourceRules: RULES }, ...common, ...spec },
    });
    made.push(() => client.delete(policies, { name }));
    const actions = kind === 'Validating' ? { validationActions: ['Deny'] } : {};
    await client.create(bindings, {
      apiVersion: `${GROUP}/v1`,
      kind: `${kind}AdmissionPolicyBinding`,
      metadata: { name },
      spec: { policyName: name, ...actions, ...binding },
    });
    made.push(() => client.delete(bindings, { name }));
  }

  function configMap(data: Record<string, string> = {}, namespace = 'shop'): KubeObject {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${++count}`, namespace }, data };
  }
  const create = (data?: Record<string, string>, namespace?: string) =>
    client.create(CONFIG_MAPS, configMap(data, namespace));

  it('ValidatingAdmissionPolicy refuses what does not hold, in upstream words', async () => {
    await policy('Validating', { validations: [{ expression: 'object.data.size() < 2' }] });
    await create({ a: '1' });
    const name = `p${count - 1}`;
    await assert.rejects(create({ a: '1', b: '2' }), (error: Error & { code: number; reason: string }) => {
      assert.match(
        error.message,
        new RegExp(
          `^configmaps "c\\d+" is forbidden: ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: failed expression: object\\.data\\.size\\(\\) < 2$`,
        ),
      );
      assert.equal(error.code, 422);
      assert.equal(error.reason, 'Invalid');
      return true;
    });
  });

  const messages: readonly [title: string, validation: Record<string, string>, message: RegExp, code: number][] = [
    ['a message', { message: 'too many' }, /denied request: too many$/, 422],
    ['a reason', { message: 'no', reason: 'Forbidden' }, /denied request: no$/, 403],
    [
      'a message made of the object',
      { messageExpression: '"has " + string(object.data.size())' },
      /denied request: has 2$/,
      422,
    ],
    [
      'a message that cannot be made',
      { message: 'plain', messageExpression: 'object.nothing' },
      /denied request: plain$/,
      422,
    ],
    ['a message of several lines', { message: 'plain', messageExpression: '"a\\nb"' }, /denied request: plain$/, 422],
  ];
  for (const [title, validation, message, code] of messages) {
    it(`ValidatingAdmissionPolicy answers with ${title}`, async () => {
      await policy('Validating', { validations: [{ expression: 'object.data.size() < 2', ...validation }] });
      await assert.rejects(create({ a: '1', b: '2' }), { message, code });
    });
  }

  it('ValidatingAdmissionPolicy knows request, namespace, old object and authorizer', async () => {
    await policy('Validating', {
      validations: [
        { expression: 'request.operation in ["CREATE", "UPDATE"]', message: 'operation' },
        { expression: 'request.kind.kind == "ConfigMap" && request.namespace == "shop"', message: 'kind' },
        { expression: 'request.userInfo.username == "system:apiserver"', message: 'user' },
        { expression: 'namespaceObject.metadata.labels.team == "blue"', message: 'namespace' },
        { expression: 'oldObject == null || oldObject.data.a <= object.data.a', message: 'old' },
        {
          expression: 'authorizer.group("").resource("pods").namespace("shop").check("create").allowed()',
          message: 'may',
        },
        { expression: 'authorizer.requestResource.check("delete").allowed()', message: 'may this' },
        {
          expression: '!authorizer.serviceAccount("shop", "x").group("").resource("pods").check("create").allowed()',
          message: 'other',
        },
      ],
    });
    const map = await create({ a: '2' });
    await client.update(CONFIG_MAPS, { ...map, data: { a: '3' } });
    await assert.rejects(
      client.update(CONFIG_MAPS, { ...map, metadata: { ...map.metadata, resourceVersion: '' }, data: { a: '1' } }),
      {
        message: /denied request: old$/,
      },
    );
  });

  it('ValidatingAdmissionPolicy computes variables once, when they are read', async () => {
    await policy('Validating', {
      variables: [
        { name: 'size', expression: 'object.data.size()' },
        { name: 'twice', expression: 'variables.size * 2' },
        { name: 'bad', expression: 'object.nothing.at.all' },
      ],
      validations: [{ expression: 'variables.twice < 4', messageExpression: 'string(variables.twice)' }],
    });
    await create({ a: '1' });
    await assert.rejects(create({ a: '1', b: '2' }), { message: /denied request: 4$/ });
  });

  it('ValidatingAdmissionPolicy fails closed or open, as it says', async () => {
    const spec = { validations: [{ expression: 'object.data.missing == "x"' }] };
    await policy('Validating', spec);
    await assert.rejects(create({ a: '1' }), { message: /resulted in error: no such key: missing/, code: 422 });
    for (const remove of made.splice(0)) await remove();
    await policy('Validating', { ...spec, failurePolicy: 'Ignore' });
    await create({ a: '1' });
  });

  it('ValidatingAdmissionPolicy stops expressions that cost too much', async () => {
    const many = 'object.data.all(a, object.data.all(b, object.data.all(c, object.data.all(d, a + b + c + d != "x"))))';
    await policy('Validating', { validations: [{ expression: many }] });
    const data = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 'v']));
    await assert.rejects(create(data), { message: /actual cost limit exceeded/ });
  });

  it('ValidatingAdmissionPolicy is about what its conditions and bindings name', async () => {
    const never = [{ expression: 'false' }];
    await policy('Validating', {
      validations: never,
      matchConditions: [{ name: 'c', expression: 'object.data.a == "x"' }],
    });
    await policy(
      'Validating',
      { validations: never },
      { matchResources: { namespaceSelector: { matchLabels: { team: 'red' } } } },
    );
    await policy('Validating', {
      validations: never,
      matchConstraints: { resourceRules: RULES, excludeResourceRules: [{ ...RULES[0], resources: ['configmaps'] }] },
    });
    await create({ a: '1' });
    await assert.rejects(create({ a: 'x' }), { message: /failed expression: false/ });
  });

  it('ValidatingAdmissionPolicy takes parameters by name and by labels', async () => {
    const params = (name: string, most: string, labels: Record<string, string>) =>
      client.create(CONFIG_MAPS, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace: 'default', labels },
        data: { most },
      });
    await params('small', '1', { limits: 'a' });
    await params('large', '5', { limits: 'a' });
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [
        {
          expression: 'object.data.size() <= int(params.data.most)',
          messageExpression: '"at most " + params.data.most',
        },
      ],
    };
    const action = { parameterNotFoundAction: 'Deny', namespace: 'default' };
    await policy('Validating', spec, { paramRef: { name: 'large', ...action } });
    await create({ a: '1', b: '2' });
    for (const remove of made.splice(0)) await remove();
    await policy('Validating', spec, { paramRef: { selector: { matchLabels: { limits: 'a' } }, ...action } });
    await assert.rejects(create({ a: '1', b: '2' }), { message: /at most 1/ });
    for (const remove of made.splice(0)) await remove();
    await policy('Validating', spec, { paramRef: { name: 'none', ...action } });
    await assert.rejects(create(), {
      message: /failed to configure binding: no params found for policy binding with `Deny`/,
    });
    for (const remove of made.splice(0)) await remove();
    await policy('Validating', spec, { paramRef: { name: 'none', ...action, parameterNotFoundAction: 'Allow' } });
    await create();
  });

  it('expressions that are none are refused when the policy is written', async () => {
    await assert.rejects(policy('Validating', { validations: [{ expression: 'object.' }] }), {
      code: 422,
      message: /spec\.validations\[0\]\.expression: Invalid value: "object\.": compilation failed: ERROR/,
    });
    await assert.rejects(policy('Validating', { validations: [{ expression: '"text"' }] }), {
      message: /must evaluate to bool/,
    });
    await assert.rejects(policy('Validating', { validations: [{ expression: 'request.nothing == 1' }] }), {
      message: /compilation failed/,
    });
    await assert.rejects(
      policy('Validating', {
        matchConditions: [{ name: 'a', expression: 'x' }],
        validations: [{ expression: 'true' }],
      }),
      {
        message: /spec\.matchConditions\[0\]\.expression/,
      },
    );
  });

  it('MutatingAdmissionPolicy applies configurations', async () => {
    await policy('Mutating', {
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression:
              'Object{metadata: Object.metadata{labels: {"team": namespaceObject.metadata.labels.team}}, spec: Object.spec{template: ' +
              'Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "main", env: ' +
              '[Object.spec.template.spec.containers.env{name: "A", value: "1"}]}]}}}}',
          },
        },
      ],
      matchConstraints: { resourceRules: [{ ...RULES[0], resources: ['deployments'] }] },
    });
    const deployment = await client.create(DEPLOYMENTS, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', namespace: 'shop', labels: { own: 'x' } },
      spec: {
        selector: { matchLabels: { app: 'd' } },
        template: {
          metadata: { labels: { app: 'd' } },
          spec: {
            containers: [
              { name: 'main', image: 'x:1' },
              { name: 'other', image: 'y:1' },
            ],
          },
        },
      },
    });
    assert.deepEqual(deployment.metadata.labels, { own: 'x', team: 'blue' });
    const { containers } = (
      deployment.spec as { template: { spec: { containers: { image: string; env?: unknown[] }[] } } }
    ).template.spec;
    assert.deepEqual(
      containers.map(({ image, env }) => [image, env]),
      [
        ['x:1', [{ name: 'A', value: '1' }]],
        ['y:1', undefined],
      ],
    );
  });

  it('MutatingAdmissionPolicy applies JSON patches, and cannot change who the object is', async () => {
    await policy('Mutating', {
      mutations: [
        {
          patchType: 'JSONPatch',
          jsonPatch: {
            expression:
              '[JSONPatch{op: "add", path: "/data/b", value: object.data.a + "!"}, JSONPatch{op: "replace", path: "/metadata/name", value: "other"}]',
          },
        },
      ],
    });
    const map = await create({ a: '1' });
    assert.deepEqual(map.data, { a: '1', b: '1!' });
    assert.notEqual(map.metadata.name, 'other');
  });

  it('MutatingAdmissionPolicy that makes nonsense fails the request', async () => {
    const patch = {
      patchType: 'JSONPatch',
      jsonPatch: { expression: '[JSONPatch{op: "add", path: "/data", value: "text"}]' },
    };
    await policy('Mutating', { mutations: [patch] });
    await assert.rejects(create({ a: '1' }), {
      code: 422,
      message: /policy 'p\d+' with binding 'p\d+' denied request: /,
    });
    for (const remove of made.splice(0)) await remove();
    await policy('Mutating', { mutations: [patch], failurePolicy: 'Ignore' });
    assert.deepEqual((await create({ a: '1' })).data, { a: '1' });
  });
});
