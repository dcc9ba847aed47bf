import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '#kube/api';
import { columnsOf } from './columns.ts';
import { compareVersions } from './compare-versions.ts';
import { compileJsonPath } from './json-path.ts';

const OBJECT = {
  metadata: { name: 'a', labels: { 'a.b/c': 'x' } },
  spec: {
    n: 3,
    list: [1, 2, 3],
    items: [
      { type: 'A', v: 1 },
      { type: 'B', v: 2 },
    ],
    yes: true,
  },
};

describe('compileJsonPath', () => {
  const cases: [string, unknown[]][] = [
    ['.metadata.name', ['a']],
    ['$.metadata.name', ['a']],
    [".metadata.labels['a.b/c']", ['x']],
    ['.metadata.labels.a\\.b/c', ['x']],
    ['.spec.list[0]', [1]],
    ['.spec.list[-1]', [3]],
    ['.spec.list[0:2]', [1, 2]],
    ['.spec.list[*]', [1, 2, 3]],
    ['.spec.items[*].v', [1, 2]],
    ['.spec.items[?(@.type=="B")].v', [2]],
    ['.spec.items[?(@.v>1)].type', ['B']],
    ['..type', ['A', 'B']],
    ['.spec.nope.deeper', []],
    ['.spec.constructor', []],
    ['.spec.list.length', []],
  ];
  for (const [path, expected] of cases)
    it(`follows ${path}`, () => assert.deepEqual(compileJsonPath(path)(OBJECT), expected));

  it('says what is wrong with a path', () => {
    for (const path of ['.a[', '.a[?(@.b=)]', '.a b', '.a..', '.a[1', '.'.repeat(2000)]) {
      assert.throws(() => compileJsonPath(path), /unexpected|longer than/);
    }
  });

  it('does not multiply without end', () => {
    const wide = { a: Array.from({ length: 200_000 }, () => ({ a: [1, 2, 3] })) };
    assert.ok(compileJsonPath('..a..a[*]')(wide).length <= 1000);
  });
});

describe('columnsOf', () => {
  it('shows values by their type, and nothing for what is not there', () => {
    const nowMs = Date.parse('2024-01-01T00:05:00Z');
    const column = (type: string, jsonPath: string) => {
      const [made] = columnsOf({
        name: 'v1',
        served: true,
        storage: true,
        additionalPrinterColumns: [{ name: 'X', type, jsonPath }],
      });
      const object = { ...OBJECT, status: { at: '2024-01-01T00:00:00Z', odd: 'soon', ratio: 1.5 } };
      return made?.cell(object as unknown as KubeObject, nowMs);
    };
    assert.equal(column('string', '.spec.n'), '3');
    assert.equal(column('string', '.spec.list'), '[1,2,3]');
    assert.equal(column('integer', '.spec.n'), 3);
    assert.equal(column('integer', '.metadata.name'), null);
    assert.equal(column('number', '.status.ratio'), 1.5);
    assert.equal(column('boolean', '.spec.yes'), true);
    assert.equal(column('date', '.status.at'), '5m');
    assert.equal(column('date', '.status.odd'), '<invalid>');
    assert.equal(column('string', '.spec.nope'), null);
  });

  it('shows the age where no columns are named', () => {
    const [age, ...rest] = columnsOf({ name: 'v1', served: true, storage: true });
    assert.deepEqual([age?.name, rest], ['Age', []]);
  });
});

describe('compareVersions', () => {
  it('puts stable and newer versions first', () => {
    const versions = ['v1alpha1', 'v1', 'foo', 'v2beta1', 'v10', 'v1beta2', 'bar', 'v2'];
    assert.deepEqual(versions.sort(compareVersions), [
      'v10',
      'v2',
      'v1',
      'v2beta1',
      'v1beta2',
      'v1alpha1',
      'bar',
      'foo',
    ]);
  });
});
