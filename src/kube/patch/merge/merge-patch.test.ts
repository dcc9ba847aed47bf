import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mergePatch } from '../mod.ts';

describe('mergePatch', () => {
  it('gives the results of RFC 7396, appendix A', () => {
    const cases: [unknown, unknown, unknown][] = [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
      [{ a: 'b' }, { a: null }, {}],
      [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
      [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
      [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
      [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
      [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
      [
        ['a', 'b'],
        ['c', 'd'],
        ['c', 'd'],
      ],
      [{ a: 'b' }, ['c'], ['c']],
      [{ a: 'foo' }, null, null],
      [{ a: 'foo' }, 'bar', 'bar'],
      [{ e: null }, { a: 1 }, { e: null, a: 1 }],
      [[1, 2], { a: 'b', c: null }, { a: 'b' }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ];
    for (const [target, patch, result] of cases) {
      const before = structuredClone([target, patch]);
      assert.deepEqual(mergePatch(target, patch), result, JSON.stringify([target, patch]));
      assert.deepEqual([target, patch], before, 'nothing is changed in place');
    }
  });

  it('takes __proto__ and constructor for keys like any other', () => {
    const patch = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
    const result = mergePatch({}, patch) as object;
    assert.equal(JSON.stringify(result), JSON.stringify(patch));
    assert.equal(Object.getPrototypeOf(result), Object.prototype);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    assert.equal(JSON.stringify(mergePatch(result, JSON.parse('{"__proto__":null,"constructor":null}'))), '{}');
  });
});
