import assert from 'node:assert/strict';
import { test } from 'node:test';
import { structsToMaps } from './struct-literals.ts';

const CASES: readonly (readonly [expression: string, rewritten: string])[] = [
  ['object.a == {"b": 1}', 'object.a == {"b": 1}'],
  ['Object{}', 'dyn({})'],
  ['Object{spec: Object.spec{replicas: 1}}', 'dyn({"spec": dyn({"replicas": 1})})'],
  ['[JSONPatch{op: "add", path: "/a", value: {"x": y}}]', '[dyn({"op": "add", "path": "/a", "value": {"x": y}})]'],
  ['Object . spec . template {\n a: b ? c : d, e: [f, g] }', 'dyn({\n "a": b ? c : d, "e": [f, g] })'],
  ['Object{?a: b, foo__dash__bar: 1}', 'dyn({?"a": b, "foo-bar": 1})'],
  ['"Object{a: 1}" + \'Object{\'', '"Object{a: 1}" + \'Object{\''],
  ['r"\\" + Object{a: "}"}', 'r"\\" + dyn({"a": "}"})'],
  ['"""Object{a: "1"}""" // Object{', '"""Object{a: "1"}""" // Object{'],
  ['myObject{a: 1}', 'myObject{a: 1}'],
  ['Object{a: {"k": Object.a{b: 1}}, c: 2}', 'dyn({"a": {"k": dyn({"b": 1})}, "c": 2})'],
];

for (const [expression, rewritten] of CASES) {
  test(`structsToMaps rewrites ${expression}`, () => assert.equal(structsToMaps(expression), rewritten));
}

test('structsToMaps leaves hostile text as it is', () => {
  for (const text of ['"'.repeat(50_001), `"${'\\'.repeat(50_000)}`, 'a.'.repeat(50_000), '{['.repeat(10_000)]) {
    assert.equal(structsToMaps(text), text);
  }
});
