import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../object.ts';
import type { ResourceDefinition, ResourceVersion } from '../resource.ts';
import { builtinResources } from './mod.ts';
import { CONTEXT, NOW_MS } from './testing/check-kind.ts';
import { RandomObjects } from './testing/random-object.ts';

const ROUNDS = 12;
const random = new RandomObjects(20_260_102);
const rows = builtinResources().filter(({ group }) => group !== '');

function make(row: ResourceDefinition, version: ResourceVersion): KubeObject {
  const object = random.next(version.schema());
  return { metadata: {}, ...object, apiVersion: `${row.group}/${version.name}`, kind: row.kind };
}

async function stored(row: ResourceDefinition, object: KubeObject): Promise<KubeObject> {
  const isStored = object.apiVersion === `${row.storageGroup ?? row.group}/${row.storageVersion}`;
  if (row.convert === undefined || isStored) return object;
  const [converted] = await row.convert([object], row.storageVersion);
  assert.ok(converted);
  return converted;
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const field of Object.values(Object.freeze(value))) freeze(field);
  return value;
}

for (const row of rows) {
  test(`${row.plural}.${row.group}: hooks complain of senseless objects, and never throw`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      for (const version of row.versions) {
        const object = await stored(row, make(row, version));
        const next = await stored(row, make(row, version));
        row.strategy.setDefaults?.(object);
        row.strategy.setDefaults?.(next);
        const once = structuredClone(object);
        row.strategy.setDefaults?.(object);
        assert.deepEqual(object, once, 'defaults are idempotent');
        row.strategy.prepareForCreate?.(object, CONTEXT);
        for (const { field, message } of row.strategy.validate?.(object, CONTEXT) ?? []) assert.ok(message, field);
        checkUpdates(row, freeze(object), next);
      }
    }
    assert.deepEqual(Object.keys(Object.prototype), []);
  });

  test(`${row.plural}.${row.group}: cells and selectable fields of senseless objects are texts`, () => {
    for (const version of row.versions) {
      for (const object of [
        make(row, version),
        make(row, version),
        { ...make(row, version), spec: undefined, status: undefined },
      ]) {
        for (const { name, cell } of version.columns ?? [])
          assert.ok(cell(object, NOW_MS) === null || typeof cell(object, NOW_MS) !== 'object', name);
        for (const [field, text] of Object.entries(version.selectableFields ?? {}))
          assert.equal(typeof text(object), 'string', field);
      }
    }
  });
}

function checkUpdates(row: ResourceDefinition, old: KubeObject, next: KubeObject): void {
  for (const strategy of [row.strategy, ...Object.values(row.subresources ?? {}).map((part) => part.strategy)]) {
    const object = structuredClone(next);
    strategy?.prepareForUpdate?.(object, old, CONTEXT);
    strategy?.validateUpdate?.(object, old, CONTEXT);
  }
}
