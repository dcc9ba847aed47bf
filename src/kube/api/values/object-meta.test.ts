import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectMeta, OwnerReference } from '../object.ts';
import { FieldErrors } from './field-errors.ts';
import { nameErrors, validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts';

function said(
  metadata: ObjectMeta,
  options: Parameters<typeof validateObjectMeta>[1] = { namespaced: true },
): string[] {
  const errors = new FieldErrors();
  validateObjectMeta(metadata, options, errors);
  return errors.list.map(({ field, message }) => `${field}: ${message}`);
}

function saidOfUpdate(metadata: ObjectMeta, old: ObjectMeta): string[] {
  const errors = new FieldErrors();
  validateObjectMetaUpdate(metadata, old, errors);
  return errors.list.map(({ field, message }) => `${field}: ${message}`);
}

const GOOD: ObjectMeta = { name: 'web', namespace: 'default' };
const OWNER: OwnerReference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'a', uid: '1' };

test('validateObjectMeta has nothing to say of sound metadata', () => {
  const metadata: ObjectMeta = {
    ...GOOD,
    generateName: 'web-',
    labels: { app: 'web', 'example.com/a': '' },
    annotations: { 'Example.com/Any-Case': 'any text\n' },
    finalizers: ['example.com/x', 'kubernetes'],
    ownerReferences: [{ ...OWNER, controller: true }, OWNER],
    managedFields: [{ manager: 'kubectl', operation: 'Apply', fieldsType: 'FieldsV1' }],
  };
  assert.deepEqual(said(metadata, { namespaced: true, standardFinalizers: true }), []);
});

test('validateObjectMeta wants a name, and a namespace where there is one', () => {
  assert.deepEqual(said({}), [
    'metadata.name: Required value: name or generateName is required',
    'metadata.namespace: Required value',
  ]);
  assert.deepEqual(said(GOOD, { namespaced: false }), ['metadata.namespace: Forbidden: not allowed on this type']);
});

test('validateObjectMeta holds names to the rule of the kind', () => {
  assert.match(
    said({ ...GOOD, name: 'a.b' }, { namespaced: true, nameRule: 'dns-label' })[0] ?? '',
    /must not contain dots/,
  );
  assert.match(said({ ...GOOD, name: '1a' }, { namespaced: true, nameRule: 'dns-1035-label' })[0] ?? '', /DNS-1035/);
  assert.deepEqual(said({ ...GOOD, name: 'system:x' }, { namespaced: true, nameRule: 'path-segment' }), []);
  assert.match(
    said({ ...GOOD, name: 'A' })[0] ?? '',
    /^metadata\.name: Invalid value: "A": a lowercase RFC 1123 subdomain/,
  );
});

test('nameErrors lets a prefix end with a dash', () => {
  assert.deepEqual(nameErrors('web-', 'dns-label', true), []);
  assert.notDeepEqual(nameErrors('web-', 'dns-label'), []);
  assert.notDeepEqual(nameErrors('-', 'dns-label', true), []);
});

test('validateObjectMeta counts annotations in bytes', () => {
  assert.deepEqual(said({ ...GOOD, annotations: { a: 'x'.repeat(256 * 1024 - 1) } }), []);
  assert.deepEqual(said({ ...GOOD, annotations: { a: 'ä'.repeat(128 * 1024) } }), [
    'metadata.annotations: Too long: may not be more than 262144 bytes',
  ]);
});

test('validateObjectMeta complains of labels, owners, finalizers and managers', () => {
  assert.match(
    said({ ...GOOD, labels: { 'a b': 'c' } })[0] ?? '',
    /^metadata\.labels: Invalid value: "a b": name part/,
  );
  assert.deepEqual(said({ ...GOOD, ownerReferences: [{ apiVersion: 'v1', kind: '', name: '', uid: '' }] }), [
    'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
    'metadata.ownerReferences.name: Invalid value: "": must not be empty',
    'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
  ]);
  const two = [
    { ...OWNER, controller: true },
    { ...OWNER, name: 'b', controller: true },
  ];
  assert.match(said({ ...GOOD, ownerReferences: two })[0] ?? '', /Only one reference can have Controller set to true/);
  assert.match(said({ ...GOOD, finalizers: ['orphan', 'foregroundDeletion'] })[0] ?? '', /cannot be both set/);
  assert.deepEqual(said({ ...GOOD, finalizers: ['mine'] }, { namespaced: true, standardFinalizers: true }), [
    'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
  ]);
  assert.deepEqual(said({ ...GOOD, managedFields: [{ manager: 'a\u0007b', operation: 'Apply' }] }), [
    'metadata.managedFields[0].manager: Invalid value: "a\\u0007b": invalid character U+0007 (at position 1)',
  ]);
});

test('validateObjectMeta is not fooled by keys of every object', () => {
  const labels = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
  assert.match(said({ ...GOOD, labels })[0] ?? '', /"__proto__": name part/);
});

test('validateObjectMetaUpdate keeps what the server owns', () => {
  const old: ObjectMeta = {
    ...GOOD,
    uid: '1',
    resourceVersion: '5',
    creationTimestamp: '2026-01-01T00:00:00Z',
    generation: 2,
  };
  assert.deepEqual(saidOfUpdate({ ...old, labels: { a: 'b' } }, old), []);
  assert.deepEqual(saidOfUpdate({ ...old, name: 'x', uid: '2', generation: 1, resourceVersion: '' }, old), [
    'metadata.resourceVersion: Invalid value: "": must be specified for an update',
    'metadata.generation: Invalid value: 1: must not be decremented',
    'metadata.name: Invalid value: "x": field is immutable',
    'metadata.uid: Invalid value: "2": field is immutable',
  ]);
});

test('validateObjectMetaUpdate lets a dying object lose finalizers, and gain none', () => {
  const old: ObjectMeta = {
    ...GOOD,
    resourceVersion: '5',
    deletionTimestamp: '2026-01-01T00:00:00Z',
    finalizers: ['a.b/c'],
  };
  assert.deepEqual(saidOfUpdate({ ...old, finalizers: [] }, old), []);
  assert.deepEqual(saidOfUpdate({ ...old, finalizers: ['a.b/c', 'a.b/d'] }, old), [
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, ' +
      'found new finalizers []string{"a.b/d"}',
  ]);
});
