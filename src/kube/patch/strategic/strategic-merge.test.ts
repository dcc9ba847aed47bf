import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatusError, type Schema, type SchemaResolver } from '#kube/api';
import { strategicMerge } from '../mod.ts';

const merging = (items: Schema, mergeKey?: string): Schema => ({
  type: 'array',
  items,
  'x-kubernetes-patch-strategy': 'merge',
  ...(mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': mergeKey }),
});
const definitions: Record<string, Schema> = {
  Item: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      value: { type: 'string' },
      others: merging({ $ref: 'Item' }, 'name'),
      union: { $ref: 'Union' },
    },
  },
  Union: { type: 'object', properties: { type: { type: 'string' }, a: { type: 'object' }, b: { type: 'object' } } },
  Spec: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      merged: merging({ $ref: 'Item' }, 'name'),
      replaced: { type: 'array', items: { $ref: 'Item' } },
      scalars: merging({ type: 'string' }),
      numbers: merging({ type: 'integer' }),
      map: { type: 'object', additionalProperties: { type: 'string' } },
      maps: { type: 'object', additionalProperties: { $ref: 'Item' } },
      whole: { $ref: 'Item', 'x-kubernetes-patch-strategy': 'replace' },
      union: { $ref: 'Union', 'x-kubernetes-patch-strategy': 'retainKeys' },
      ports: merging({ type: 'object', properties: { port: { type: 'integer' } } }, 'port'),
    },
  },
};
const resolve: SchemaResolver = (schema) => (schema.$ref === undefined ? schema : (definitions[schema.$ref] as Schema));
const schema = { $ref: 'Spec' };
const merge = (original: unknown, patch: unknown) => strategicMerge(original, patch, schema, resolve);
const named = (...names: string[]) => names.map((name) => ({ name }));

describe('strategicMerge', () => {
  const cases: [string, unknown, unknown, unknown][] = [
    [
      'sets, keeps and deletes fields',
      { name: 'a', map: { x: '1', y: '2' } },
      { map: { x: null, z: '3' } },
      { name: 'a', map: { y: '2', z: '3' } },
    ],
    ['deletes nothing that is not there', { name: 'a' }, { map: null, other: null }, { name: 'a' }],
    ['drops nulls of what is new', {}, { map: { a: '1', b: null } }, { map: { a: '1' } }],
    [
      'replaces a list without a merge strategy',
      { replaced: named('a', 'b') },
      { replaced: named('c') },
      { replaced: named('c') },
    ],
    [
      'merges items by key, the patch’s first',
      {
        merged: [
          { name: 'a', value: '1' },
          { name: 'b', value: '2' },
        ],
      },
      { merged: [{ name: 'b', value: '9' }, { name: 'c' }] },
      { merged: [{ name: 'a', value: '1' }, { name: 'b', value: '9' }, { name: 'c' }] },
    ],
    [
      'merges lists within items',
      { merged: [{ name: 'a', others: [{ name: 'x', value: '1' }] }] },
      { merged: [{ name: 'a', others: [{ name: 'y' }] }] },
      { merged: [{ name: 'a', others: [{ name: 'y' }, { name: 'x', value: '1' }] }] },
    ],
    [
      'tells items apart by numbers',
      { ports: [{ port: 80, a: 1 }] },
      { ports: [{ port: 80, b: 2 }, { port: 443 }] },
      { ports: [{ port: 80, a: 1, b: 2 }, { port: 443 }] },
    ],
    ['unites lists of scalars', { scalars: ['a', 'b'] }, { scalars: ['b', 'c'] }, { scalars: ['a', 'b', 'c'] }],
    ['unites lists of numbers', { numbers: [1, 2] }, { numbers: [3, 1] }, { numbers: [3, 1, 2] }],
    [
      'replaces a map whose strategy says so',
      { whole: { name: 'a', value: '1' } },
      { whole: { name: 'b' } },
      { whole: { name: 'b' } },
    ],
    [
      'merges the values of maps',
      { maps: { a: { name: 'x', value: '1' } } },
      { maps: { a: { value: '2' }, b: { name: 'y' } } },
      { maps: { a: { name: 'x', value: '2' }, b: { name: 'y' } } },
    ],
    [
      '$patch: replace takes the map of the patch',
      { map: { x: '1' }, name: 'a' },
      { map: { $patch: 'replace', y: '2' } },
      { map: { y: '2' }, name: 'a' },
    ],
    ['$patch: delete empties a map', { map: { x: '1' } }, { map: { $patch: 'delete' } }, { map: {} }],
    [
      '$patch: replace at the top takes the patch',
      { name: 'a', map: {} },
      { $patch: 'replace', name: 'b' },
      { name: 'b' },
    ],
    [
      '$patch: delete removes an item',
      { merged: named('a', 'b', 'c') },
      { merged: [{ $patch: 'delete', name: 'b' }] },
      { merged: named('a', 'c') },
    ],
    [
      '$patch: delete of what is not there does nothing',
      { merged: named('a') },
      { merged: [{ $patch: 'delete', name: 'z' }] },
      { merged: named('a') },
    ],
    [
      '$patch: delete in a new list leaves nothing of it',
      {},
      { merged: [{ $patch: 'delete', name: 'z' }, { name: 'a' }] },
      { merged: named('a') },
    ],
    [
      '$patch: replace as an item replaces the list',
      { merged: named('a', 'b') },
      { merged: [{ $patch: 'replace' }, { name: 'c' }] },
      { merged: named('c') },
    ],
    [
      '$patch: replace of an item replaces that item',
      { maps: { a: { name: 'x', value: '1' } } },
      { maps: { a: { $patch: 'replace', name: 'y' } } },
      { maps: { a: { name: 'y' } } },
    ],
    [
      '$deleteFromPrimitiveList removes scalars',
      { scalars: ['a', 'b', 'c'] },
      { '$deleteFromPrimitiveList/scalars': ['a', 'z'] },
      { scalars: ['b', 'c'] },
    ],
    [
      '$deleteFromPrimitiveList goes with a merge',
      { scalars: ['a', 'b'] },
      { '$deleteFromPrimitiveList/scalars': ['a'], scalars: ['c'] },
      { scalars: ['c', 'b'] },
    ],
    [
      '$deleteFromPrimitiveList of a list that is not there makes none',
      {},
      { '$deleteFromPrimitiveList/scalars': ['a'] },
      {},
    ],
    [
      '$setElementOrder reorders without changes',
      { merged: named('a', 'b', 'c') },
      { '$setElementOrder/merged': named('c', 'a', 'b') },
      { merged: named('c', 'a', 'b') },
    ],
    [
      '$setElementOrder keeps the server’s items between',
      { merged: named('a', 's', 'b') },
      { '$setElementOrder/merged': named('a', 'b') },
      { merged: named('a', 's', 'b') },
    ],
    [
      '$setElementOrder places new items',
      { merged: named('a', 'b', 's') },
      { '$setElementOrder/merged': named('b', 'n', 'a'), merged: [{ name: 'n', value: '1' }] },
      { merged: [{ name: 'b' }, { name: 'n', value: '1' }, { name: 'a' }, { name: 's' }] },
    ],
    [
      '$setElementOrder goes with deletions',
      { merged: named('a', 'b', 'c') },
      { '$setElementOrder/merged': named('c', 'a'), merged: [{ $patch: 'delete', name: 'b' }] },
      { merged: named('c', 'a') },
    ],
    [
      '$setElementOrder orders scalars',
      { scalars: ['a', 'b', 's'] },
      { '$setElementOrder/scalars': ['c', 'b', 'a'], scalars: ['c'] },
      { scalars: ['c', 'b', 'a', 's'] },
    ],
    [
      '$setElementOrder of nothing does nothing',
      { name: 'a' },
      { '$setElementOrder/merged': named('a') },
      { name: 'a' },
    ],
    [
      '$setElementOrder beside a deleted list deletes it',
      { merged: named('a') },
      { '$setElementOrder/merged': named('a'), merged: null },
      {},
    ],
    [
      '$retainKeys drops the other fields',
      { union: { type: 'A', a: {} } },
      { union: { $retainKeys: ['type', 'b'], type: 'B', b: {} } },
      { union: { type: 'B', b: {} } },
    ],
    [
      '$retainKeys may name what is not there',
      { union: { type: 'A', a: {} } },
      { union: { $retainKeys: ['type'] } },
      { union: { type: 'A' } },
    ],
    [
      'leaves directives out of what is new',
      {},
      {
        union: { $retainKeys: ['type'], type: 'B' },
        '$setElementOrder/merged': named('b', 'a'),
        merged: named('b', 'a'),
      },
      { union: { type: 'B' }, merged: named('b', 'a') },
    ],
    [
      'takes a value of another type as it is',
      { map: 'text', name: {} },
      { map: { a: '1' }, name: 'x' },
      { map: { a: '1' }, name: 'x' },
    ],
    [
      'merges unknown maps and replaces unknown lists',
      { other: { a: 1, l: [1] } },
      { other: { b: 2, l: [2] } },
      { other: { a: 1, b: 2, l: [2] } },
    ],
  ];
  for (const [what, original, patch, result] of cases) {
    it(what, () => {
      const before = structuredClone([original, patch]);
      assert.deepEqual(merge(original, patch), result);
      assert.deepEqual([original, patch], before, 'nothing is changed in place');
    });
  }

  it('refuses bad patches in upstream’s words', () => {
    const refuse = (patch: unknown, code: number, words: string | RegExp) =>
      assert.throws(
        () => merge({ merged: named('a'), scalars: ['a'], union: { type: 'A' }, map: {} }, patch),
        (error) =>
          isStatusError(error) &&
          error.code === code &&
          (typeof words === 'string' ? error.message === words : words.test(error.message)),
        JSON.stringify(patch),
      );
    refuse({ merged: [{ value: '1' }] }, 400, 'map: map[value:1] does not contain declared merge key: name');
    refuse(
      { merged: [{ $patch: 'delete' }] },
      400,
      'map: map[$patch:delete] does not contain declared merge key: name',
    );
    refuse({ merged: [{ $patch: 'merge', name: 'a' }] }, 400, 'merging lists cannot yet be specified in the patch');
    refuse({ merged: [{ $patch: 'what', name: 'a' }] }, 400, 'unknown patch type: what in map[$patch:what name:a]');
    refuse({ map: { $patch: 'what' } }, 400, 'unknown patch type: what in map[$patch:what]');
    refuse({ merged: ['text'] }, 400, /expected a map/);
    refuse({ scalars: [{ a: 1 }] }, 400, /./);
    refuse({ '$setElementOrder/merged': 'x' }, 400, 'expected a slice, but received a string');
    refuse({ '$setElementOrder/map': [] }, 400, 'expected a slice, but received a map');
    refuse({ '$setElementOrder/merged': named('a'), merged: named('b') }, 400, /doesn't match setElementOrder list/);
    refuse(
      { '$setElementOrder/merged': named('a', 'b'), merged: named('b', 'a') },
      400,
      /doesn't match setElementOrder list/,
    );
    refuse({ '$deleteFromPrimitiveList/scalars': 'a' }, 400, 'invalid patch format of primitive list');
    refuse({ '$setElementOrder/': [] }, 400, /invalid patch format of setElementOrder list/);
    refuse({ union: { $retainKeys: 'type' } }, 400, 'invalid patch format of retainKeys');
    refuse({ union: { $retainKeys: ['type'], b: {} } }, 422, /patch content doesn't match retainKeys list/);
    refuse([], 400, /must be an object/);
    refuse(null, 400, /must be an object/);
  });

  it('takes __proto__ for a field like any other', () => {
    const patch = JSON.parse('{"map":{"__proto__":"x"},"__proto__":{"polluted":true}}');
    const result = merge({ map: { a: '1' } }, patch) as object;
    assert.equal(JSON.stringify(result), '{"map":{"a":"1","__proto__":"x"},"__proto__":{"polluted":true}}');
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
});
