import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatusError } from '#kube/api';
import { jsonPatch } from '../mod.ts';

const refuse = (document: unknown, patch: unknown, code: number, words: RegExp) =>
  assert.throws(
    () => jsonPatch(document, patch),
    (error) => isStatusError(error) && error.code === code && words.test(error.message),
    JSON.stringify(patch)?.slice(0, 100),
  );

describe('jsonPatch', () => {
  const cases: [string, unknown, unknown[], unknown][] = [
    ['adds a member', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['adds over a member', { a: 1 }, [{ op: 'add', path: '/a', value: null }], { a: null }],
    ['inserts an item', { a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    ['appends an item', { a: [1] }, [{ op: 'add', path: '/a/-', value: [2] }], { a: [1, [2]] }],
    ['appends at the end by index', { a: [1] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2] }],
    ['removes a member', { a: 1, b: { c: 2 } }, [{ op: 'remove', path: '/b/c' }], { a: 1, b: {} }],
    ['removes an item', { a: [1, 2, 3] }, [{ op: 'remove', path: '/a/1' }], { a: [1, 3] }],
    ['replaces a member', { a: { b: 1 } }, [{ op: 'replace', path: '/a/b', value: 2 }], { a: { b: 2 } }],
    ['replaces an item', { a: [1, 2] }, [{ op: 'replace', path: '/a/0', value: 9 }], { a: [9, 2] }],
    ['replaces the document', { a: 1 }, [{ op: 'replace', path: '', value: { b: 1 } }], { b: 1 }],
    ['moves a member', { a: { b: 1 }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: 1 } }],
    ['moves an item', { a: [1, 2, 3] }, [{ op: 'move', from: '/a/0', path: '/a/2' }], { a: [2, 3, 1] }],
    ['copies', { a: { b: [1] } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: [1] }, c: { b: [1] } }],
    [
      'passes a test, whatever the order of keys',
      { a: { x: 1, y: 2 } },
      [{ op: 'test', path: '/a', value: { y: 2, x: 1 } }],
      { a: { x: 1, y: 2 } },
    ],
    ['tests for null what is absent', {}, [{ op: 'test', path: '/a', value: null }], {}],
    [
      'unescapes pointers',
      { 'a/b': { 'm~n': 1, '': 2 } },
      [
        { op: 'remove', path: '/a~1b/m~0n' },
        { op: 'remove', path: '/a~1b/' },
      ],
      { 'a/b': {} },
    ],
    ['reads ~01 as ~1', { '~1': 1 }, [{ op: 'remove', path: '/~01' }], {}],
    [
      'runs operations in order',
      {},
      [
        { op: 'add', path: '/a', value: {} },
        { op: 'add', path: '/a/b', value: [] },
        { op: 'add', path: '/a/b/-', value: 1 },
        { op: 'move', from: '/a/b', path: '/c' },
      ],
      { a: {}, c: [1] },
    ],
  ];
  for (const [what, document, patch, result] of cases) {
    it(what, () => {
      const before = structuredClone(document);
      assert.deepEqual(jsonPatch(document, patch), result);
      assert.deepEqual(document, before, 'the document is not changed');
    });
  }

  it('keeps copies apart from what they were copied from', () => {
    const patch = [
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'add', path: '/a/x', value: 1 },
      { op: 'add', path: '/b/y/-', value: 2 },
    ];
    assert.deepEqual(jsonPatch({ a: { y: [] } }, patch), { a: { y: [], x: 1 }, b: { y: [2] } });
  });

  it('shares what it does not change, and never changes the patch', () => {
    const document = { a: { deep: {} }, b: {} };
    const patch = [
      { op: 'add', path: '/b/v', value: { w: [] } },
      { op: 'add', path: '/b/v/w/-', value: 1 },
    ];
    const before = structuredClone(patch);
    const result = jsonPatch(document, patch) as typeof document;
    assert.equal(result.a, document.a);
    assert.deepEqual(patch, before);
  });

  it('refuses what does not fit the document with a 422 and says why', () => {
    for (const patch of [
      { op: 'remove', path: '/x' },
      { op: 'replace', path: '/x', value: 1 },
      { op: 'add', path: '/x/y', value: 1 },
      { op: 'add', path: '/l/3', value: 1 },
      { op: 'add', path: '/l/01', value: 1 },
      { op: 'add', path: '/l/x', value: 1 },
      { op: 'remove', path: '/l/2' },
      { op: 'remove', path: '/l/-' },
      { op: 'add', path: '/s/x', value: 1 },
      { op: 'move', from: '/x', path: '/y' },
      { op: 'move', from: '/o', path: '/o/p/q' },
      { op: 'copy', from: '/x', path: '/y' },
      { op: 'test', path: '/s', value: 'other' },
      { op: 'test', path: '/x/y', value: 1 },
      { op: 'remove', path: '/toString' },
      { op: 'test', path: '/__proto__/a', value: 1 },
    ]) {
      refuse(
        { l: [1, 2], s: 'text', o: { p: {} } },
        [patch],
        422,
        /the server rejected our request due to an error in our request/,
      );
    }
    refuse({ a: 1 }, [{ op: 'test', path: '/a', value: 2 }], 422, /testing value "\/a" failed/);
  });

  it('refuses what is no patch with a 400', () => {
    const bad = [
      {},
      'x',
      [1],
      [{}],
      [{ op: 'add', path: '/a' }],
      [{ op: 'add', value: 1 }],
      [{ op: 'remove', path: 'a' }],
      [{ op: 'move', path: '/a' }],
      [{ op: 'merge', path: '/a', value: 1 }],
      [null],
    ];
    for (const patch of bad) refuse({}, patch, 400, /./);
  });

  it('takes __proto__ for a member like any other', () => {
    const result = jsonPatch({}, [
      { op: 'add', path: '/__proto__', value: {} },
      { op: 'add', path: '/__proto__/polluted', value: true },
    ]) as object;
    assert.equal(JSON.stringify(result), '{"__proto__":{"polluted":true}}');
    assert.equal(Object.getPrototypeOf(result), Object.prototype);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  it('refuses more than 10,000 operations, and copies without end', () => {
    const many = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '', value: {} }));
    refuse({}, many, 413, /The allowed maximum operations in a JSON patch is 10000, got 10001/);
    const doubling = Array.from({ length: 40 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }));
    refuse({ a: ['x'.repeat(100)] }, doubling, 422, /accumulated size increase of copy/);
  });

  it('is fast with many operations on a long list', () => {
    const patch = Array.from({ length: 10_000 }, (_, at) => ({ op: 'replace', path: `/a/${at}`, value: 1 }));
    const result = jsonPatch({ a: Array(10_000).fill(0) }, patch) as { a: number[] };
    assert.ok(result.a.every((item) => item === 1));
  });
});
