import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OwnerReference, ResourceDefinition } from '#kube/api';
import { FOREGROUND, type Observed, ORPHAN, OwnerGraph } from './graph.ts';
import { configMapsRow, nodesRow } from './testing/rows.ts';

function owner(uid: string, more: Partial<OwnerReference> = {}): OwnerReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', name: uid, uid, ...more };
}

function object(
  uid: string,
  owners: OwnerReference[] = [],
  more: Partial<Observed['metadata']> = {},
  row: ResourceDefinition = configMapsRow,
): Observed {
  return { row, metadata: { uid, name: uid, namespace: row.namespaced ? 'ns' : '', ownerReferences: owners, ...more } };
}

/** A graph, and a function that tells what it asked to look at since the last call. */
function watched(): { graph: OwnerGraph; looked: () => string[]; foreign: string[] } {
  const asked = new Set<string>();
  const foreign: string[] = [];
  const graph = new OwnerGraph(
    (uid) => asked.add(uid),
    (dependent) => foreign.push(dependent.uid),
  );
  const looked = () => {
    const all = [...asked].sort();
    asked.clear();
    return all;
  };
  return { graph, looked, foreign };
}

const DELETING = { deletionTimestamp: '2026-01-01T00:00:00Z' };

test('OwnerGraph remembers nothing of objects that have nothing to do with others', () => {
  const { graph, looked } = watched();
  graph.observe(object('a'));
  graph.observe(object('b', [], { finalizers: [FOREGROUND] }));
  assert.equal(graph.size, 0);
  assert.deepEqual(looked(), []);
});

test('OwnerGraph looks for owners that nobody has seen, once', () => {
  const { graph, looked } = watched();
  graph.observe(object('child', [owner('parent')]));
  assert.deepEqual(looked(), ['parent']);
  graph.observe(object('other', [owner('parent')]));
  assert.deepEqual(looked(), []);
  graph.observe(object('parent'));
  assert.deepEqual(looked(), []);
  assert.equal(graph.size, 3);
});

test('OwnerGraph looks at dependents when their owner goes, and forgets what is left alone', () => {
  const { graph, looked } = watched();
  graph.observe(object('parent'));
  graph.observe(object('child', [owner('parent')]));
  graph.observe(object('parent'));
  looked();
  graph.forget('parent');
  assert.deepEqual(looked(), ['child']);
  graph.forget('child');
  assert.equal(graph.size, 0);
});

test('OwnerGraph looks at an owner in the foreground whenever one of its dependents goes, or blocks it no longer', () => {
  const { graph, looked } = watched();
  graph.observe(object('parent', [owner('x')]));
  graph.observe(object('a', [owner('parent', { blockOwnerDeletion: true })]));
  graph.observe(object('b', [owner('parent', { blockOwnerDeletion: true })]));
  looked();
  graph.observe(object('parent', [owner('x')], { ...DELETING, finalizers: [FOREGROUND] }));
  assert.deepEqual(looked(), ['a', 'b', 'parent']);
  graph.forget('a');
  assert.deepEqual(looked(), ['parent']);
  graph.observe(object('b', [owner('parent', { blockOwnerDeletion: false })]));
  assert.deepEqual(looked(), ['parent']);
  graph.observe(object('late', [owner('parent', { blockOwnerDeletion: true })]));
  assert.deepEqual(looked(), ['late', 'parent']);
});

test('OwnerGraph keeps what waits to be orphaned, with nobody to let go too', () => {
  const { graph, looked } = watched();
  graph.observe(object('parent', [], { ...DELETING, finalizers: [ORPHAN] }));
  assert.deepEqual(looked(), ['parent']);
  graph.observe(object('parent', [], DELETING));
  assert.equal(graph.size, 0);
});

test('OwnerGraph looks at those who name their owner wrongly, and tells of those who name one elsewhere', () => {
  const { graph, looked, foreign } = watched();
  graph.observe(object('child', [owner('parent')]));
  graph.observe(object('misled', [owner('parent', { name: 'other' })]));
  assert.deepEqual(looked(), ['misled', 'parent']);
  graph.observe(object('parent', [], { namespace: 'elsewhere' }));
  assert.deepEqual(foreign, ['child', 'misled']);
  assert.deepEqual(looked(), ['child', 'misled']);
});

test('OwnerGraph lets objects in namespaces belong to those outside', () => {
  const { graph, looked, foreign } = watched();
  graph.observe(object('child', [owner('node', { kind: 'Node' })]));
  looked();
  graph.observe(object('node', [], {}, nodesRow));
  assert.deepEqual(looked(), []);
  assert.deepEqual(foreign, []);
});

test('OwnerGraph forgets what a new list does not show, of that resource alone', () => {
  const { graph, looked } = watched();
  graph.observe(object('a', [owner('x')]));
  graph.observe(object('b', [owner('x')]));
  graph.observe(object('n', [owner('x')], {}, nodesRow));
  looked();
  graph.forgetUnseen(configMapsRow, new Set(['b']));
  assert.equal(graph.get('a'), undefined);
  assert.notEqual(graph.get('b'), undefined);
  assert.notEqual(graph.get('n'), undefined);
});

test('OwnerGraph drops owners that are named no more', () => {
  const { graph } = watched();
  graph.observe(object('child', [owner('a'), owner('b')]));
  graph.observe(object('child', [owner('b')]));
  assert.equal(graph.get('a'), undefined);
  graph.observe(object('child', []));
  assert.equal(graph.size, 0);
});
