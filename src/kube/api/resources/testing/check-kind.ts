import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldError } from '../../field.ts';
import type { KubeObject } from '../../object.ts';
import type { HookContext, ResourceDefinition } from '../../resource.ts';

/** What is changed in the minimal object, as a merge patch: null takes a field away. */
export type Patch = Readonly<Record<string, unknown>>;

/** One thing that is wrong: a title, what is changed, and every complaint (`field: message`) that it makes. */
export type Wrong = readonly [title: string, patch: Patch, ...complaints: string[]];

/** What is known of one kind. */
export interface KindCase {
  /** The least that is accepted; name, namespace and uid are filled in. */
  readonly minimal: Patch;
  /** What a created object has besides what was sent; a part of the whole. */
  readonly created?: Patch;
  /** Objects that are refused. */
  readonly invalid?: readonly Wrong[];
  /** Changes of the minimal object that are refused. */
  readonly refused?: readonly Wrong[];
  /** Changes of the minimal object that are accepted, and what the object has then. */
  readonly accepted?: readonly (readonly [title: string, patch: Patch, after?: Patch])[];
}

export const NOW_MS = Date.parse('2026-01-02T03:04:05Z');
export const UID = '6f1b8a52-2d3c-4c7e-9a63-0c5b0c8f2d11';
export const CONTEXT: HookContext = { nowMs: NOW_MS, user: { name: 'ann', groups: ['makers'] }, warn: () => undefined };

/** A table of tests of a kind's defaults, preparations and validations, all through the row's strategy. */
export function checkKind(
  row: ResourceDefinition,
  { minimal, created, invalid = [], refused = [], accepted = [] }: KindCase,
) {
  test(`${row.kind}: the least that is needed is accepted, and completed`, () => {
    const { object, complaints } = createIn(row, minimal);
    assert.deepEqual(complaints, []);
    if (created !== undefined) assert.partialDeepStrictEqual(object, created);
    assertIdempotent(row, object);
  });
  test(`${row.kind}: an update that changes nothing is accepted`, () => {
    assert.deepEqual(updateIn(row, minimal, {}).complaints, []);
  });
  for (const [title, patch, ...complaints] of invalid) {
    test(`${row.kind}: refused on create: ${title}`, () => {
      assert.deepEqual(createIn(row, merge(minimal, patch)).complaints, complaints);
    });
  }
  for (const [title, patch, ...complaints] of refused) {
    test(`${row.kind}: refused on update: ${title}`, () => {
      assert.deepEqual(updateIn(row, minimal, patch).complaints, complaints);
    });
  }
  for (const [title, patch, after] of accepted) {
    test(`${row.kind}: accepted on update: ${title}`, () => {
      const { object, complaints } = updateIn(row, minimal, patch);
      assert.deepEqual(complaints, []);
      if (after !== undefined) assert.partialDeepStrictEqual(object, after);
    });
  }
}

function assertIdempotent(row: ResourceDefinition, object: KubeObject): void {
  const before = structuredClone(object);
  row.strategy.setDefaults?.(object);
  assert.deepEqual(object, before, 'defaults change nothing that has them');
}

/** The object as a create leaves it before it is stored, and the complaints about it. */
export function createIn(row: ResourceDefinition, fields: Patch): { object: KubeObject; complaints: string[] } {
  const object = newObject(row, fields);
  row.strategy.setDefaults?.(object);
  row.strategy.prepareForCreate?.(object, CONTEXT);
  return { object, complaints: texts(row.strategy.validate?.(object, CONTEXT)) };
}

/** A change of a created object through the main path or a subresource. The old object is frozen: hooks must not touch it. */
export function updateIn(
  row: ResourceDefinition,
  fields: Patch,
  patch: Patch,
  subresource = '',
): { object: KubeObject; complaints: string[] } {
  const old = createIn(row, fields).object;
  return changeIn(row, old, patch, subresource);
}

/** A change of an object that is there. */
export function changeIn(
  row: ResourceDefinition,
  old: KubeObject,
  patch: Patch,
  subresource = '',
): { object: KubeObject; complaints: string[] } {
  const object = merge(structuredClone(old), patch) as KubeObject;
  freeze(old);
  row.strategy.setDefaults?.(object);
  const strategy = subresource === '' ? row.strategy : row.subresources?.[subresource]?.strategy;
  assert.ok(strategy, `${row.plural} has a strategy for ${subresource}`);
  strategy.prepareForUpdate?.(object, old, CONTEXT);
  return { object, complaints: texts(strategy.validateUpdate?.(object, old, CONTEXT)) };
}

function newObject(row: ResourceDefinition, fields: Patch): KubeObject {
  const version = row.storageGroup ?? row.group;
  const base = {
    apiVersion: version === '' ? row.storageVersion : `${version}/${row.storageVersion}`,
    kind: row.kind,
    metadata: { name: 'web', uid: UID, ...(row.namespaced ? { namespace: 'shop' } : {}) },
  };
  return merge(base, structuredClone(fields)) as unknown as KubeObject;
}

function texts(errors: readonly FieldError[] = []): string[] {
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

function merge(target: Patch, patch: Patch): Record<string, unknown> {
  const made: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete made[key];
    else if (isPlain(value)) made[key] = merge(isPlain(made[key]) ? made[key] : {}, value);
    else made[key] = value;
  }
  return made;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const field of Object.values(value)) freeze(field);
}
