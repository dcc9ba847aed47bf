import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../object.ts';
import type { ResourceDefinition } from '../resource.ts';
import { builtinResources } from './mod.ts';

const KEY = 'container.apparmor.security.beta.kubernetes.io/c';
const DETAIL = 'deprecated since v1.30; use the "appArmorProfile" field instead';

function rowOf(plural: string): ResourceDefinition {
  return builtinResources().find((row) => row.plural === plural) ?? assert.fail(plural);
}

/** What a client is told who creates this. */
function warningsOf(plural: string, fields: object): string[] {
  const { strategy } = rowOf(plural);
  const object = { metadata: { name: 'x', namespace: 'n' }, ...fields } as KubeObject;
  const found: string[] = [];
  const context = { nowMs: 0, warn: (message: string) => found.push(message) };
  strategy.setDefaults?.(object);
  strategy.prepareForCreate?.(object, context);
  strategy.validate?.(object, context);
  return found;
}

test('annotations that have become fields are warned of, in pods and in every template of them', () => {
  const annotations = { [KEY]: 'unconfined' };
  const spec = { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Always' };
  const template = () => ({ metadata: { annotations, labels: { a: 'b' } }, spec: structuredClone(spec) });
  assert.deepEqual(warningsOf('pods', { metadata: { name: 'x', annotations }, spec: structuredClone(spec) }), [
    `metadata.annotations[${KEY}]: ${DETAIL}`,
  ]);
  assert.deepEqual(warningsOf('podtemplates', { template: template() }), [
    `template.metadata.annotations[${KEY}]: ${DETAIL}`,
  ]);
  for (const plural of ['replicationcontrollers', 'replicasets', 'deployments', 'daemonsets', 'statefulsets', 'jobs']) {
    const selector = plural === 'replicationcontrollers' ? { a: 'b' } : { matchLabels: { a: 'b' } };
    const said = warningsOf(plural, { spec: { selector, template: template() } });
    assert.deepEqual(said, [`spec.template.metadata.annotations[${KEY}]: ${DETAIL}`], plural);
  }
});
