import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '#kube/api';
import { decodeJson } from '#kube/codec';
import { shareUnchanged } from './share-unchanged.ts';

function pair(next: string, current: string): [KubeObject, KubeObject] {
  const read = (rest: string) =>
    decodeJson(`{"kind":"Thing","metadata":{"name":"a","labels":{"x":"1"}},${rest}}`).value;
  return [read(next) as KubeObject, read(current) as KubeObject];
}

describe('shareUnchanged', () => {
  it('takes equal parts from the present object, at any depth, and leaves what differs', () => {
    const [next, current] = pair(
      '"spec":{"a":{"b":[1,2]},"c":[{"d":1},{"d":2,"e":{}}],"f":1}',
      '"spec":{"f":2,"c":[{"d":1},{"d":3,"e":{}}],"a":{"b":[1,2]}}',
    );
    const before = JSON.stringify(next);
    shareUnchanged(next, current);
    assert.equal(JSON.stringify(next), before);
    const [spec, old] = [next.spec, current.spec] as { a: object; c: { e?: object }[]; f: number }[];
    assert.ok(spec !== undefined && old !== undefined);
    assert.notEqual(spec, old);
    assert.equal(spec.a, old.a);
    assert.equal(spec.c[0], old.c[0]);
    assert.notEqual(spec.c[1], old.c[1]);
    assert.equal(spec.c[1]?.e, old.c[1]?.e);
    assert.equal(next.metadata.labels, current.metadata.labels);
    assert.notEqual(next.metadata, current.metadata);
  });

  it('takes the present order of keys, so that the text is the same again', () => {
    const [next, current] = pair('"spec":{"a":1,"b":{"c":1,"d":2}}', '"spec":{"b":{"d":2,"c":1},"a":1}');
    shareUnchanged(next, current);
    assert.equal(next.spec, current.spec);
  });

  it('takes managed fields whole or not at all: their parts may be those of others', () => {
    const fields = (...managers: string[]) =>
      managers.map((manager) => ({ manager, fieldsV1: { 'f:spec': { 'f:a': {} } } }));
    const [next, current] = pair('"spec":{"a":1}', '"spec":{"a":1}');
    const theirs = Object.freeze(fields('a', 'b').map((entry) => Object.freeze(entry)));
    Object.assign(next.metadata, { managedFields: theirs });
    Object.assign(current.metadata, { managedFields: fields('b', 'a') });
    shareUnchanged(next, current);
    assert.equal(next.metadata.managedFields, theirs);
    Object.assign(current.metadata, { managedFields: fields('a', 'b') });
    shareUnchanged(next, current);
    assert.equal(next.metadata.managedFields, current.metadata.managedFields);
  });

  it('does not take more or less for the same', () => {
    const cases: [string, string][] = [
      ['{"a":1}', '{"a":1,"b":2}'],
      ['{"a":1,"b":2}', '{"a":1}'],
      ['[1,2]', '[1]'],
      ['[1]', '[1,2]'],
      ['[]', '{}'],
      ['{}', 'null'],
      ['{"toString":{}}', '{}'],
      ['{}', '{"__proto__":{}}'],
      ['{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}'],
      ['9007199254740993', '9007199254740995'],
      ['9007199254740993', '{"rawJSON":"9007199254740993"}'],
      ['{"rawJSON":"9007199254740993"}', '9007199254740993'],
    ];
    for (const [one, other] of cases) {
      const [next, current] = pair(`"spec":{"x":${one}}`, `"spec":{"x":${other}}`);
      const before = JSON.stringify(next);
      shareUnchanged(next, current);
      assert.equal(JSON.stringify(next), before, `${one} and ${other}`);
      assert.notEqual(next.spec, current.spec, `${one} and ${other}`);
    }
  });

  it('knows large numbers', () => {
    const [next, current] = pair('"spec":{"x":9007199254740993}', '"spec":{"x":9007199254740993}');
    shareUnchanged(next, current);
    assert.equal(next.spec, current.spec);
  });
});
