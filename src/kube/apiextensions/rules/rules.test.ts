import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject, Schema, ValidationRule } from '#kube/api';
import { celName } from '#kube/cel';
import { compileRules } from './rules.ts';

function schemaOf(rules: readonly ValidationRule[], properties: Record<string, Schema>): Schema {
  return { type: 'object', properties: { spec: { type: 'object', properties, 'x-kubernetes-validations': rules } } };
}

function run(schema: Schema, spec: unknown, oldSpec?: unknown): string[] {
  const object = (value: unknown) =>
    ({ apiVersion: 'a/v1', kind: 'K', metadata: { name: 'n' }, spec: value }) as KubeObject;
  const errors = compileRules(schema)(object(spec), oldSpec === undefined ? undefined : object(oldSpec));
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const whole: Schema = { type: 'integer' };
const text: Schema = { type: 'string' };

describe('compileRules', () => {
  it('says what failed, in the words of the rule', () => {
    const check = (rule: ValidationRule) => run(schemaOf([rule], { a: whole }), { a: 1 });
    assert.deepEqual(check({ rule: 'self.a > 1' }), ['spec: Invalid value: "object": failed rule: self.a > 1']);
    assert.deepEqual(check({ rule: 'self.a > 1', message: ' more ' }), ['spec: Invalid value: "object": more']);
    assert.deepEqual(check({ rule: 'self.a > 1', messageExpression: '"is " + string(self.a)' }), [
      'spec: Invalid value: "object": is 1',
    ]);
    assert.deepEqual(check({ rule: 'self.a > 1', message: 'm', messageExpression: 'string(1 / 0)' }), [
      'spec: Invalid value: "object": m',
    ]);
    assert.deepEqual(check({ rule: 'self.a > 1', reason: 'FieldValueForbidden', fieldPath: '.a' }), [
      'spec.a: Forbidden: failed rule: self.a > 1',
    ]);
    assert.deepEqual(check({ rule: 'self.a / 0 > 1' }), [
      'spec: Invalid value: "object": division by zero evaluating rule: self.a / 0 > 1',
    ]);
  });

  it('compares with the old value where there is one', () => {
    const schema = schemaOf(
      [
        { rule: 'self.a >= oldSelf.a' },
        { rule: '!oldSelf.hasValue() || oldSelf.value().b == self.b', optionalOldSelf: true },
      ],
      { a: whole, b: text },
    );
    assert.deepEqual(run(schema, { a: 1, b: 'x' }), []);
    assert.deepEqual(run(schema, { a: 1, b: 'x' }, { a: 1, b: 'x' }), []);
    assert.equal(run(schema, { a: 1, b: 'x' }, { a: 2, b: 'y' }).length, 2);
  });

  it('follows the items of list maps by their keys', () => {
    const item: Schema = {
      type: 'object',
      properties: { k: text, v: { ...whole, 'x-kubernetes-validations': [{ rule: 'self >= oldSelf' }] } },
    };
    const list: Schema = {
      type: 'array',
      items: item,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
    };
    const schema = schemaOf([], { l: list });
    const old = {
      l: [
        { k: 'x', v: 5 },
        { k: 'y', v: 1 },
      ],
    };
    assert.deepEqual(
      run(
        schema,
        {
          l: [
            { k: 'y', v: 1 },
            { k: 'z', v: 0 },
            { k: 'x', v: 5 },
          ],
        },
        old,
      ),
      [],
    );
    assert.deepEqual(
      run(
        schema,
        {
          l: [
            { k: 'y', v: 2 },
            { k: 'x', v: 4 },
          ],
        },
        old,
      ),
      ['spec.l[1].v: Invalid value: "integer": failed rule: self >= oldSelf'],
    );
  });

  it('does not complain of what nobody changed', () => {
    const schema = schemaOf([], { a: { ...whole, 'x-kubernetes-validations': [{ rule: 'self > 5' }] }, b: whole });
    assert.deepEqual(run(schema, { a: 1, b: 2 }, { a: 1, b: 1 }), []);
    assert.equal(run(schema, { a: 2, b: 2 }, { a: 1, b: 1 }).length, 1);
  });

  it('sees names that CEL cannot write, formats, maps, and int-or-string', () => {
    const properties: Record<string, Schema> = {
      'foo-bar': whole,
      namespace: text,
      when: { type: 'string', format: 'date-time' },
      labels: { type: 'object', additionalProperties: text },
      port: { 'x-kubernetes-int-or-string': true },
      set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    };
    const rules = [
      'self.foo__dash__bar == 1 && self.`foo-bar` == 1',
      'self.__namespace__ == "n"',
      'self.when > timestamp("2020-01-01T00:00:00Z")',
      'self.labels.all(k, self.labels[k] == "v")',
      'type(self.port) == string ? self.port == "http" : self.port == 80',
      'self.set == ["b", "a"]',
      'size(self.set + ["b", "c"]) == 3',
    ];
    const spec = {
      'foo-bar': 1,
      namespace: 'n',
      when: '2024-01-01T00:00:00Z',
      labels: { a: 'v' },
      port: 80,
      set: ['a', 'b'],
    };
    assert.deepEqual(
      run(
        schemaOf(
          rules.map((rule) => ({ rule })),
          properties,
        ),
        spec,
      ),
      [],
    );
  });

  it('knows the name of the object', () => {
    const schema: Schema = {
      type: 'object',
      'x-kubernetes-validations': [{ rule: 'self.metadata.name == "n" && self.kind == "K"' }],
    };
    assert.deepEqual(run(schema, {}), []);
  });

  it('stops rules that cost too much, and all after them', () => {
    const rule = 'self.l.all(a, self.l.all(b, self.l.all(c, a + b + c >= 0)))';
    const schema = schemaOf([{ rule }, { rule: 'false' }], { l: { type: 'array', items: whole } });
    const found = run(schema, { l: Array.from({ length: 2000 }, (_, index) => index) });
    assert.deepEqual(found, [
      `spec: Invalid value: "object": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`,
    ]);
  });

  it('stops when all rules together cost too much', () => {
    const each: Schema = {
      type: 'array',
      items: whole,
      'x-kubernetes-validations': [{ rule: 'self.all(a, self.all(b, a + b >= 0))' }],
    };
    const schema = schemaOf([], { l: { type: 'array', items: each } });
    const row = Array.from({ length: 300 }, (_, index) => index);
    const found = run(schema, { l: Array.from({ length: 60 }, () => row) });
    assert.equal(found.length, 1);
    assert.match(found[0] ?? '', /running out of cost budget, no further validation rules will be run/);
  });

  it('is nothing for a schema without rules', () => assert.equal(compileRules(schemaOf([], { a: whole })).any, false));
});

describe('celName', () => {
  it('escapes what CEL cannot read', () => {
    const names = ['a', 'a-b', 'a.b', 'a/b', 'a__b', 'in', 'a b', '1a', ''];
    assert.deepEqual(names.map(celName), [
      'a',
      'a__dash__b',
      'a__dot__b',
      'a__slash__b',
      'a__underscores__b',
      '__in__',
      undefined,
      undefined,
      undefined,
    ]);
  });
});
