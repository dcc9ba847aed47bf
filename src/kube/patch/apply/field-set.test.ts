import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalElement, compareElements, formatElement, keyElement, toJson, valueElement } from './element.ts';
import {
  difference,
  EMPTY,
  type FieldSet,
  intersection,
  isEmptySet,
  paths,
  recursiveDifference,
  sameSet,
  union,
} from './field-set.ts';
import { readFields } from './managers.ts';

const setOf = (...members: string[]): FieldSet =>
  members
    .map((path) => path.split('/').reduceRight<FieldSet>((child, element) => ({ [element]: child }), EMPTY))
    .reduce(union, EMPTY);
const members = (set: FieldSet) => [...paths(set)].map((path) => path.join('/')).sort();

/** Random sets over few elements, so that parents and children meet. */
function randomSets(count: number): string[][] {
  let seed = 3;
  const random = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return (seed >> 8) % n;
  };
  const path = () => Array.from({ length: 1 + random(3) }, () => `f:${'ab'[random(2)]}`).join('/');
  return Array.from({ length: count }, () => [...new Set(Array.from({ length: random(6) }, path))].sort());
}

describe('field sets', () => {
  it('are what plain sets of paths are, in all operations', () => {
    const sets = randomSets(120);
    for (const a of sets) {
      for (const b of sets.slice(0, 40)) {
        const [left, right] = [setOf(...a), setOf(...b)];
        assert.deepEqual(members(left), a);
        assert.deepEqual(members(union(left, right)), [...new Set([...a, ...b])].sort());
        assert.deepEqual(
          members(intersection(left, right)),
          a.filter((path) => b.includes(path)),
        );
        assert.deepEqual(
          members(difference(left, right)),
          a.filter((path) => !b.includes(path)),
        );
        const above = (path: string) => b.some((other) => path === other || path.startsWith(`${other}/`));
        assert.deepEqual(
          members(recursiveDifference(left, right)),
          a.filter((path) => !above(path)),
        );
        assert.equal(sameSet(left, right), a.join() === b.join());
        for (const set of [left, union(left, right), difference(left, right), intersection(left, right)]) {
          assert.deepEqual(readFields(JSON.parse(JSON.stringify(set))), set, 'its JSON is canonical');
          assert.equal(isEmptySet(set), members(set).length === 0);
        }
      }
    }
  });

  it('share what an operation does not touch', () => {
    const set = setOf('f:a/f:b', 'f:c');
    assert.equal(difference(set, setOf('f:x')), set);
    assert.equal(union(set, EMPTY), set);
    assert.equal(difference(set, setOf('f:c'))['f:a'], set['f:a']);
  });

  it('tell a member from what only leads to one', () => {
    assert.equal(JSON.stringify(setOf('f:a/f:b')), '{"f:a":{"f:b":{}}}');
    assert.equal(JSON.stringify(setOf('f:a/f:b', 'f:a')), '{"f:a":{".":{},"f:b":{}}}');
    assert.equal(JSON.stringify(difference(setOf('f:a/f:b', 'f:a'), setOf('f:a/f:b'))), '{"f:a":{}}');
    assert.equal(JSON.stringify(difference(setOf('f:a/f:b', 'f:a'), setOf('f:a'))), '{"f:a":{"f:b":{}}}');
  });
});

describe('readFields', () => {
  it('drops a dot at the top, unknown elements and __proto__', () => {
    const text = '{".":{},"f:a":{".":{},"z:1":{}},"q":{},"":{},"__proto__":{"f:x":{}},"f:__proto__":{}}';
    assert.equal(JSON.stringify(readFields(JSON.parse(text))), '{"f:__proto__":{},"f:a":{}}');
  });
});

describe('path elements', () => {
  it('are written as Go writes them', () => {
    const keys = ['a', 'b'].map((name) => ({ name, label: `"${name}":`, fallback: undefined }));
    assert.equal(keyElement({ b: 'x<&>\u2028"', a: 1 }, keys), 'k:{"a":1,"b":"x\\u003c\\u0026\\u003e\\u2028\\""}');
    assert.equal(keyElement({ a: true }, keys), 'k:{"a":true}');
    assert.equal(keyElement({}, keys), undefined);
    assert.equal(keyElement('x', keys), undefined);
    assert.equal(valueElement('é/'), 'v:"é/"');
    assert.equal(valueElement(1.5), 'v:1.5');
    for (const item of [null, undefined, {}, []]) assert.equal(valueElement(item), undefined);
    assert.equal(toJson('<'), '"\\u003c"');
  });

  it('have one canonical form', () => {
    assert.equal(canonicalElement('k:{ "b":1, "a":"x" }'), 'k:{"a":"x","b":1}');
    assert.equal(canonicalElement('v: 1.0'), 'v:1');
    assert.equal(canonicalElement('f:'), 'f:');
    for (const bad of ['', 'f', 'x:1', 'k:1', 'k:{', 'v:', 'i:-1', 'i:a', 'fa', '.'])
      assert.equal(canonicalElement(bad), undefined, bad);
  });

  it('are ordered as upstream orders them', () => {
    const sorted = [
      'f:a',
      'f:b',
      'k:{"n":2}',
      'k:{"n":10}',
      'k:{"n":"a"}',
      'k:{"n":"a","p":1}',
      'k:{"o":1}',
      'v:2',
      'v:10',
      'v:"1"',
      'v:true',
      'i:2',
      'i:10',
    ];
    assert.deepEqual(sorted.toReversed().sort(compareElements), sorted);
  });

  it('are shown as in conflicts', () => {
    const shown = ['f:spec', 'k:{"a":1,"b":"x"}', 'v:"x"', 'i:3'].map(formatElement);
    assert.deepEqual(shown, ['.spec', '[a=1,b="x"]', '[="x"]', '[3]']);
  });
});
