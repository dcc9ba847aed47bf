import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schema } from '#kube/api';
import { compileDefaults } from './defaults.ts';
import { compilePruner } from './prune.ts';
import { rootSchema } from './resource-fields.ts';
import { compileValidator } from './validate.ts';

const preserve = { 'x-kubernetes-preserve-unknown-fields': true } as const;
const object = (properties: Record<string, Schema>, rest: Schema = {}): Schema => ({
  type: 'object',
  properties,
  ...rest,
});
const list = (items: Schema, rest: Schema = {}): Schema => ({ type: 'array', items, ...rest });
const map = (values: Schema, rest: Schema = {}): Schema => ({ type: 'object', additionalProperties: values, ...rest });
const text: Schema = { type: 'string' };
const whole: Schema = { type: 'integer' };

describe('compilePruner', () => {
  const cases: [string, Schema, string, string, string[]][] = [
    ['drops what it does not know', object({ a: text }), '{"a":"x","b":1,"c":{"d":2}}', '{"a":"x"}', ['b', 'c']],
    ['goes into objects', object({ a: object({ b: text }) }), '{"a":{"b":"x","c":1}}', '{"a":{"b":"x"}}', ['a.c']],
    [
      'goes into lists',
      object({ a: list(object({ b: text })) }),
      '{"a":[{"c":1},{"b":"x"}]}',
      '{"a":[{},{"b":"x"}]}',
      ['a[0].c'],
    ],
    ['goes into maps', map(object({ b: text })), '{"x":{"c":1}}', '{"x":{}}', ['x.c']],
    ['keeps all below a free field', object({ a: { ...preserve } }), '{"a":{"b":{"c":1}}}', '{"a":{"b":{"c":1}}}', []],
    [
      'prunes specified fields in free objects',
      object({ a: object({}) }, preserve),
      '{"a":{"b":1},"c":1}',
      '{"a":{},"c":1}',
      ['a.b'],
    ],
    [
      'drops nulls that may not be',
      object({ a: text, b: { ...text, nullable: true } }),
      '{"a":null,"b":null}',
      '{"b":null}',
      [],
    ],
    [
      'leaves nulls that a default takes the place of',
      object({ a: { ...text, default: 'x' } }),
      '{"a":null}',
      '{"a":null}',
      [],
    ],
    [
      'keeps the fields of every resource',
      rootSchema(object({})),
      '{"apiVersion":"v1","kind":"K","metadata":{"name":"a"},"b":1}',
      '{"apiVersion":"v1","kind":"K","metadata":{"name":"a"}}',
      ['b'],
    ],
    [
      'keeps those of embedded ones',
      object({ a: object({}, { 'x-kubernetes-embedded-resource': true }) }),
      '{"a":{"kind":"K","metadata":{"name":"b"},"x":1}}',
      '{"a":{"kind":"K","metadata":{"name":"b"}}}',
      ['a.x'],
    ],
    [
      'takes __proto__ for a field like any other',
      object({ a: text }),
      '{"a":"x","__proto__":{"b":1},"constructor":1}',
      '{"a":"x"}',
      ['__proto__', 'constructor'],
    ],
    [
      'knows a property called __proto__',
      JSON.parse('{"type":"object","properties":{"__proto__":{"type":"object","properties":{"a":{"type":"string"}}}}}'),
      '{"__proto__":{"a":"x","b":1}}',
      '{"__proto__":{"a":"x"}}',
      ['__proto__.b'],
    ],
    ['leaves alone what has another type', object({ a: object({ b: text }) }), '{"a":"text"}', '{"a":"text"}', []],
  ];
  for (const [title, schema, before, after, unknown] of cases) {
    it(title, () => {
      const value: unknown = JSON.parse(before);
      assert.deepEqual(compilePruner(schema)(value), unknown);
      assert.equal(JSON.stringify(value), after);
    });
  }
});

describe('compileDefaults', () => {
  const cases: [string, Schema, string, string][] = [
    ['fills in', object({ a: { ...whole, default: 1 } }), '{}', '{"a":1}'],
    ['leaves what is there', object({ a: { ...whole, default: 1 } }), '{"a":0}', '{"a":0}'],
    [
      'goes into objects that are there',
      object({ a: object({ b: { ...whole, default: 1 } }) }),
      '{"a":{}}',
      '{"a":{"b":1}}',
    ],
    ['makes no objects of its own', object({ a: object({ b: { ...whole, default: 1 } }) }), '{}', '{}'],
    [
      'fills in what a default left out',
      object({ a: object({ b: { ...whole, default: 1 } }, { default: {} }) }),
      '{}',
      '{"a":{"b":1}}',
    ],
    [
      'goes into lists and maps',
      object({ a: list(map(object({ b: { ...whole, default: 1 } }))) }),
      '{"a":[{"x":{}}]}',
      '{"a":[{"x":{"b":1}}]}',
    ],
    ['takes the place of nulls that may not be', object({ a: { ...whole, default: 1 } }), '{"a":null}', '{"a":1}'],
    ['leaves nulls that may be', object({ a: { ...whole, default: 1, nullable: true } }), '{"a":null}', '{"a":null}'],
    [
      'sets a field called __proto__',
      JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string","default":"x"}}}'),
      '{}',
      '{"__proto__":"x"}',
    ],
  ];
  for (const [title, schema, before, after] of cases) {
    it(title, () => {
      const value: unknown = JSON.parse(before);
      compileDefaults(schema)?.(value);
      assert.equal(JSON.stringify(value), after);
    });
  }

  it('gives each object a default of its own', () => {
    const setDefaults = compileDefaults(object({ a: list(text, { default: [] }) }));
    const [one, two] = [{ a: undefined as unknown }, { a: undefined as unknown }].map(() => ({}) as { a?: string[] });
    setDefaults?.(one);
    setDefaults?.(two);
    one?.a?.push('x');
    assert.deepEqual(two, { a: [] });
  });

  it('is nothing where there are no defaults', () =>
    assert.equal(compileDefaults(object({ a: list(map(text)) })), undefined));
});

describe('compileValidator', () => {
  const body = (path: string, detail: string) => `${path} in body ${detail}`;
  const cases: [string, Schema, unknown, string[]][] = [
    [
      'integers',
      object({ a: whole }),
      { a: 'x' },
      [`a: Invalid value: "string": ${body('a', 'must be of type integer: "string"')}`],
    ],
    ['whole numbers are integers', object({ a: whole }), { a: 1.0 }, []],
    [
      'fractions are none',
      object({ a: whole }),
      { a: 1.5 },
      [`a: Invalid value: "number": ${body('a', 'must be of type integer: "number"')}`],
    ],
    [
      'null',
      object({ a: text }),
      { a: null },
      [`a: Invalid value: "null": ${body('a', 'must be of type string: "null"')}`],
    ],
    ['nullable', object({ a: { ...text, nullable: true } }), { a: null }, []],
    [
      'int or string',
      object({ a: { 'x-kubernetes-int-or-string': true } }),
      { a: true },
      [`a: Invalid value: "boolean": ${body('a', 'must be of type integer,string: "boolean"')}`],
    ],
    ['required', object({ a: text }, { required: ['a'] }), {}, ['a: Required value']],
    ['required prototype names', object({}, { required: ['constructor'] }), {}, ['constructor: Required value']],
    [
      'enum',
      object({ a: { ...text, enum: ['x', 'y'] } }),
      { a: 'z' },
      ['a: Unsupported value: "z": supported values: "x", "y"'],
    ],
    [
      'minimum',
      object({ a: { ...whole, minimum: 2 } }),
      { a: 1 },
      [`a: Invalid value: 1: ${body('a', 'should be greater than or equal to 2')}`],
    ],
    [
      'exclusive maximum',
      object({ a: { ...whole, maximum: 2, exclusiveMaximum: true } }),
      { a: 2 },
      [`a: Invalid value: 2: ${body('a', 'should be less than 2')}`],
    ],
    ['multipleOf', object({ a: { type: 'number', multipleOf: 0.1 } }), { a: 0.3 }, []],
    [
      'not multipleOf',
      object({ a: { ...whole, multipleOf: 3 } }),
      { a: 4 },
      [`a: Invalid value: 4: ${body('a', 'should be a multiple of 3')}`],
    ],
    [
      'minLength',
      object({ a: { ...text, minLength: 2 } }),
      { a: '😀' },
      [`a: Invalid value: "😀": ${body('a', 'should be at least 2 chars long')}`],
    ],
    ['maxLength counts characters', object({ a: { ...text, maxLength: 2 } }), { a: '😀😀' }, []],
    [
      'maxLength',
      object({ a: { ...text, maxLength: 2 } }),
      { a: 'abc' },
      ['a: Too long: may not be more than 2 bytes'],
    ],
    [
      'pattern',
      object({ a: { ...text, pattern: '^x+$' } }),
      { a: 'y' },
      [`a: Invalid value: "y": ${body('a', "should match '^x+$'")}`],
    ],
    [
      'format',
      object({ a: { ...text, format: 'ipv4' } }),
      { a: '1.2.3' },
      [`a: Invalid value: "1.2.3": ${body('a', 'must be of type ipv4: "1.2.3"')}`],
    ],
    [
      'date-time',
      object({ a: { ...text, format: 'date-time' } }),
      { a: '2024-02-30T00:00:00Z' },
      [`a: Invalid value: "2024-02-30T00:00:00Z": ${body('a', 'must be of type date-time: "2024-02-30T00:00:00Z"')}`],
    ],
    ['unknown formats', object({ a: { ...text, format: 'whatever' } }), { a: 'x' }, []],
    [
      'int32',
      object({ a: { ...whole, format: 'int32' } }),
      { a: 3e9 },
      [`a: Invalid value: 3000000000: ${body('a', 'must be of type integer with format int32')}`],
    ],
    [
      'maxItems',
      object({ a: list(text, { maxItems: 1 }) }),
      { a: ['x', 'y'] },
      ['a: Too many: 2: must have at most 1 items'],
    ],
    [
      'minItems',
      object({ a: list(text, { minItems: 1 }) }),
      { a: [] },
      [`a: Invalid value: []: ${body('a', 'should have at least 1 items')}`],
    ],
    [
      'items',
      object({ a: list(object({ b: whole })) }),
      { a: [{ b: 1 }, { b: 'x' }] },
      [`a[1].b: Invalid value: "string": ${body('a[1].b', 'must be of type integer: "string"')}`],
    ],
    [
      'minProperties',
      map(text, { minProperties: 1 }),
      {},
      [': Invalid value: {}:  in body should have at least 1 properties'],
    ],
    [
      'values',
      object({ a: map(whole) }),
      { a: { x: 'y' } },
      [`a.x: Invalid value: "string": ${body('a.x', 'must be of type integer: "string"')}`],
    ],
    [
      'sets',
      object({ a: list(text, { 'x-kubernetes-list-type': 'set' }) }),
      { a: ['x', 'y', 'x'] },
      ['a[2]: Duplicate value: "x"'],
    ],
    [
      'list maps',
      object({
        a: list(object({ k: text, v: text }), { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] }),
      }),
      { a: [{ k: 'x' }, { k: 'x', v: 'y' }] },
      ['a[1]: Duplicate value: {"k":"x"}'],
    ],
    [
      'embedded resources',
      object({ a: object({}, { 'x-kubernetes-embedded-resource': true }) }),
      { a: { kind: 'K' } },
      ['a.apiVersion: Required value: must not be empty'],
    ],
    [
      'anyOf',
      object({ a: { ...whole, anyOf: [{ minimum: 5 }, { enum: [1] }] } }),
      { a: 2 },
      [
        '<nil>: Invalid value: "": "a" must validate at least one schema (anyOf)',
        `a: Invalid value: 2: ${body('a', 'should be greater than or equal to 5')}`,
      ],
    ],
    [
      'oneOf',
      object({ a: text, b: text }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }),
      { a: 'x', b: 'y' },
      ['<nil>: Invalid value: "": "" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    [
      'not',
      object({ a: { ...whole, not: { enum: [3] } } }),
      { a: 3 },
      ['<nil>: Invalid value: "": "a" must not validate the schema (not)'],
    ],
    [
      'allOf',
      object({ a: { ...whole, allOf: [{ minimum: 1 }, { maximum: 5 }] } }),
      { a: 7 },
      [
        '<nil>: Invalid value: "": "a" must validate all the schemas (allOf)',
        `a: Invalid value: 7: ${body('a', 'should be less than or equal to 5')}`,
      ],
    ],
  ];
  for (const [title, schema, value, expected] of cases) {
    it(`knows ${title}`, () => {
      const found = compileValidator(schema)(value);
      assert.deepEqual(
        found.map(({ field, message }) => `${field}: ${message}`),
        expected,
      );
    });
  }

  it('lets unchanged parts be wrong', () => {
    const item = object({ k: text, v: { ...whole, maximum: 5 } }, { required: ['k'] });
    const schema = object({
      a: { ...whole, maximum: 5 },
      l: list(item, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] }),
      m: map({ ...text, pattern: '^x$' }),
    });
    const validate = compileValidator(schema);
    const old = {
      a: 9,
      l: [
        { k: 'x', v: 9 },
        { k: 'y', v: 1 },
      ],
      m: { p: 'bad' },
    };
    assert.deepEqual(validate({ ...old, l: [{ k: 'z', v: 1 }, ...old.l], m: { p: 'bad', q: 'x' } }, old), []);
    const fields = validate({ a: 10, l: [{ k: 'x', v: 8 }], m: { p: 'bad', q: 'bad' } }, old).map(({ field }) => field);
    assert.deepEqual(fields, ['a', 'l[0].v', 'm.q']);
  });

  it('does not hang on hostile patterns, nor tells a million complaints', () => {
    const schema = object({ a: { ...text, pattern: '^(a+)+$' }, l: list(whole) });
    const errors = compileValidator(schema)({
      a: `${'a'.repeat(100_000)}b`,
      l: Array.from({ length: 100_000 }, () => 'x'),
    });
    assert.equal(errors.length, 200);
  });
});
