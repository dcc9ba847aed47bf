import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isHakoError } from '#base';
import type { Schema } from '../schema.ts';
import { definition, definitionNames, resolveSchema, schemaOfKind } from './mod.ts';

const POD_SPEC = 'io.k8s.api.core.v1.PodSpec';

it('definition makes each schema once, with types, required fields and list keys', () => {
  const podSpec = definition(POD_SPEC);
  assert.equal(definition(POD_SPEC), podSpec);
  assert.deepEqual(podSpec.required, ['containers']);
  assert.deepEqual(podSpec.properties?.containers, {
    type: 'array',
    items: { $ref: 'io.k8s.api.core.v1.Container' },
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-patch-strategy': 'merge',
    'x-kubernetes-patch-merge-key': 'name',
  });
  assert.deepEqual(podSpec.properties?.activeDeadlineSeconds, { type: 'integer', format: 'int64' });
});

it('definition knows lists to be atomic unless a fact says otherwise, but for the items of lists', () => {
  const tolerations = definition(POD_SPEC).properties?.tolerations;
  assert.equal(tolerations?.['x-kubernetes-list-type'], 'atomic');
  assert.equal(
    schemaOfKind({ group: '', version: 'v1', kind: 'PodList' }).properties?.items?.['x-kubernetes-list-type'],
    undefined,
  );
});

it('definition completes list keys by defaults', () => {
  const port = definition('io.k8s.api.core.v1.ContainerPort').properties;
  assert.equal(port?.protocol?.default, 'TCP');
  assert.equal(port?.containerPort?.default, 0);
  assert.equal(definition('io.k8s.api.core.v1.Container').properties?.name?.default, '');
});

it('definition tells same-named types of several groups apart', () => {
  assert.ok('uid' in (definition('io.k8s.api.core.v1.ObjectReference').properties ?? {}));
  assert.notEqual(definition('io.k8s.api.core.v1.Event'), definition('io.k8s.api.events.v1.Event'));
  assert.ok(definition('io.k8s.api.core.v1.Event').properties?.involvedObject);
  assert.ok(definition('io.k8s.api.events.v1.Event').properties?.regarding);
});

it('definition refuses names that nobody defined, also those of Object.prototype', () => {
  for (const name of ['io.k8s.api.core.v1.Nothing', 'io.k8s.api.core.v1.constructor', '__proto__', '', 'toString']) {
    assert.throws(
      () => definition(name),
      (error) => isHakoError(error, 'internal'),
      name,
    );
  }
});

it('properties have nothing of Object.prototype', () => {
  const { properties } = definition(POD_SPEC);
  for (const key of ['constructor', '__proto__', 'toString']) assert.equal(properties?.[key], undefined, key);
});

it('every reference leads to a definition', () => {
  const visit = (schema: Schema): void => {
    resolveSchema(schema);
    for (const child of Object.values(schema.properties ?? {})) visit(child);
    if (schema.items) visit(schema.items);
    if (typeof schema.additionalProperties === 'object') visit(schema.additionalProperties);
  };
  const names = definitionNames();
  assert.ok(names.length > 700, `${names.length} definitions`);
  for (const name of names) visit(definition(name));
});

it('resolveSchema lets extensions beside a reference win, and answers the same object each time', () => {
  const strategy = definition('io.k8s.api.apps.v1.DeploymentSpec').properties?.strategy ?? {};
  const resolved = resolveSchema(strategy);
  assert.equal(resolved['x-kubernetes-patch-strategy'], 'retainKeys');
  assert.ok(resolved.properties?.rollingUpdate);
  assert.equal(resolveSchema(strategy), resolved);
  const claimRef = definition('io.k8s.api.core.v1.PersistentVolumeSpec').properties?.claimRef ?? {};
  assert.equal(resolveSchema(claimRef)['x-kubernetes-map-type'], 'granular');
});

it('schemaOfKind finds kinds of groups, and those of no group under every group', () => {
  const deployment = schemaOfKind({ group: 'apps', version: 'v1', kind: 'Deployment' });
  assert.deepEqual(deployment['x-kubernetes-group-version-kind'], [
    { group: 'apps', version: 'v1', kind: 'Deployment' },
  ]);
  const options = definition('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions');
  assert.equal(schemaOfKind({ group: 'policy', version: 'v1', kind: 'DeleteOptions' }), options);
  for (const kind of ['PodSpec', 'constructor', 'Deployment']) {
    assert.throws(() => schemaOfKind({ group: '', version: 'v1', kind }), /has no kind/);
  }
});
