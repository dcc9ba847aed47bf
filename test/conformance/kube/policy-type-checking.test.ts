/** What the status of a ValidatingAdmissionPolicy says of its expressions. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, TestCluster } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';
import { defineKind } from './support/custom-kinds.ts';
import { it } from './support/scenario.ts';

const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const { api } = forAllTests(await TestCluster.start());
let count = 0;

interface Warning {
  readonly fieldRef: string;
  readonly warning: string;
}

const rule = (group: string, version: string, ...resources: string[]) => ({
  apiGroups: [group],
  apiVersions: [version],
  operations: ['CREATE'],
  resources,
});

/** The warnings of a policy, once it was looked at. */
async function warningsOf(name: string): Promise<Warning[] | undefined> {
  await eventually(`${name} is looked at`, async () => {
    const policy = await api.get(`${policies}/${name}`);
    return at(policy, 'status.observedGeneration') === policy.metadata.generation;
  });
  const policy = await api.get(`${policies}/${name}`);
  assert.ok(at(policy, 'status.typeChecking') !== undefined);
  return at(policy, 'status.typeChecking.expressionWarnings') as Warning[] | undefined;
}

async function check(spec: object, resourceRules: object[]): Promise<Warning[] | undefined> {
  const name = `policy-${++count}`;
  await api.create(policies, { metadata: { name }, spec: { matchConstraints: { resourceRules }, ...spec } });
  return warningsOf(name);
}

const validation = (expression: string, more: object = {}) => ({ validations: [{ expression, ...more }] });

describe('type checking of a policy', () => {
  const deployments = [rule('apps', 'v1', 'deployments')];

  it('finds nothing in what fits', async () => {
    for (const expression of [
      'object.spec.replicas <= 5',
      'object.spec.template.spec.containers.all(c, c.image.startsWith("example.org/"))',
      'object.metadata.labels["app"] == "x" && oldObject == null',
      'has(object.spec.strategy.rollingUpdate) && object.spec.strategy.rollingUpdate.maxSurge == 1',
      'namespaceObject.metadata.name == request.namespace && authorizer.path("/x").check("get").allowed()',
      'object.metadata.creationTimestamp < timestamp("2030-01-01T00:00:00Z")',
    ]) {
      assert.equal(await check(validation(expression), deployments), undefined, expression);
    }
  });

  it('names the field of the policy, the kind, and what is wrong', async () => {
    const expression = 'object.replicas > 1';
    const messageExpression = '"no more than " + string(object.spec.replicas)';
    const warnings = await check(validation(expression, { messageExpression }), deployments);
    assert.deepEqual(
      warnings?.map(({ fieldRef }) => fieldRef),
      ['spec.validations[0].expression'],
    );
    assert.match(
      warnings?.[0]?.warning ?? '',
      /^apps\/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'\n \| object\.replicas > 1\n \| \.{6}\^\n$/,
    );
    const other = await check(
      validation('object.spec.replicas > 1', { messageExpression: 'object.spec.nope' }),
      deployments,
    );
    assert.deepEqual(
      other?.map(({ fieldRef }) => fieldRef),
      ['spec.validations[0].messageExpression'],
    );
  });

  it('looks at every kind that is named', async () => {
    const [warning] =
      (await check(validation('object.spec.replicas > 1'), [
        rule('apps', 'v1', 'deployments', 'daemonsets', 'deployments/scale'),
        rule('', 'v1', 'pods'),
      ])) ?? [];
    const kinds = [...(warning?.warning ?? '').matchAll(/^(\S*), Kind=(\w+)/gm)].map(
      ([, version, kind]) => `${version} ${kind}`,
    );
    assert.deepEqual(kinds, ['/v1 Pod', 'apps/v1 DaemonSet']);
  });

  it('does not guess what wildcards mean', async () => {
    for (const rules of [
      [rule('*', 'v1', 'deployments')],
      [rule('apps', '*', 'deployments')],
      [rule('apps', 'v1', '*')],
    ]) {
      assert.equal(await check(validation('object.nope'), rules), undefined);
    }
  });

  it('knows variables and parameters', async () => {
    const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
    const variables = [
      { name: 'spec', expression: 'object.spec' },
      { name: 'most', expression: 'int(params.data.most)' },
    ];
    const fits = { paramKind, variables, ...validation('variables.spec.replicas <= variables.most') };
    assert.equal(await check(fits, deployments), undefined);
    const [first] = (await check({ ...fits, ...validation('variables.spec.nope == 1') }, deployments)) ?? [];
    assert.match(first?.warning ?? '', /undefined field 'nope'/);
    const [second] = (await check({ ...fits, ...validation('params.nope') }, deployments)) ?? [];
    assert.match(second?.warning ?? '', /undefined field 'nope'/);
  });

  it('is done again when the policy changes, and changes nothing of what it does', async () => {
    const name = `policy-${++count}`;
    await api.create(policies, {
      metadata: { name },
      spec: { matchConstraints: { resourceRules: deployments }, ...validation('object.nope == 1') },
    });
    assert.equal((await warningsOf(name))?.length, 1);
    const changed = await api.patch(`${policies}/${name}`, 'merge', { spec: validation('object.spec.replicas == 1') });
    assert.equal(changed.metadata.generation, 2);
    assert.equal(await warningsOf(name), undefined);
  });

  it('knows custom resources', async () => {
    const openAPIV3Schema = {
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
    };
    await defineKind(api, {
      names: { plural: 'swarms', kind: 'Swarm' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    });
    const swarms = [rule('example.org', 'v1', 'swarms')];
    assert.equal(await check(validation('object.spec.size > 1 && object.metadata.name != ""'), swarms), undefined);
    assert.match(
      (await check(validation('object.spec.length > 1'), swarms))?.[0]?.warning ?? '',
      /undefined field 'length'/,
    );
  });
});

describe('the metrics', () => {
  it('count what policies allow and refuse', async () => {
    const name = `policy-${++count}`;
    await api.create(policies, {
      metadata: { name },
      spec: {
        matchConstraints: { resourceRules: [rule('', 'v1', 'configmaps')] },
        ...validation('object.metadata.name != "bad"'),
      },
    });
    await api.create('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings', {
      metadata: { name: 'bound' },
      spec: { policyName: name, validationActions: ['Deny', 'Audit'] },
    });
    const maps = '/api/v1/namespaces/default/configmaps';
    await api.create(maps, { metadata: { name: 'good' } });
    assert.equal((await api.call('POST', maps, { body: { metadata: { name: 'bad' } } })).code, 422);
    const { text } = await api.call('GET', '/metrics');
    for (const action of ['allow', 'deny', 'audit']) {
      const labels = `{policy="${name}",policy_binding="bound",error_type="no_error",enforcement_action="${action}"}`;
      assert.ok(text.includes(`apiserver_validating_admission_policy_check_total${labels} 1\n`), action);
      assert.ok(
        text.includes(`apiserver_validating_admission_policy_check_duration_seconds_count${labels} 1\n`),
        action,
      );
    }
  });
});
