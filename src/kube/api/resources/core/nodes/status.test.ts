import assert from 'node:assert/strict';
import { test } from 'node:test';
import { created, updated } from '../testing/said.ts';
import { nodes } from './row.ts';

function said(declaredFeatures: string[]): string[] {
  const old = created(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
  return updated(nodes, old, (node) => Object.assign(node, { status: { declaredFeatures } }), 'status').said;
}

const PATH = 'status.declaredFeatures';

test('a node says in order, once and in words what it can do', () => {
  assert.deepEqual(said(['GuaranteedQoSPodCPUResize', 'MyFeature', 'MyFeature/mySubFeature']), []);
  assert.deepEqual(said(['B', 'A', 'A']), [
    `${PATH}[1]: Invalid value: "A": list must be sorted alphabetically`,
    `${PATH}[2]: Duplicate value: "A"`,
  ]);
  assert.deepEqual(said(['a'.repeat(254), 'my-feature']), [
    `${PATH}[0]: Invalid value: "${'a'.repeat(254)}": invalid feature name "${'a'.repeat(254)}": must be no more than 253 characters`,
    `${PATH}[1]: Invalid value: "my-feature": invalid feature name "my-feature": must start with an UpperCamelCase segment, ` +
      "with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric " +
      'characters and slashes',
  ]);
});
