import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schema } from '#kube/api';
import type { CrdVersion, CustomResourceDefinition } from '../types.ts';
import { validateDefinition } from './validate-definition.ts';

const BASE = 'spec.versions[0].schema.openAPIV3Schema';

function crd(openAPIV3Schema: unknown, rest: Partial<CrdVersion> = {}): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'foos.example.com' },
    spec: {
      group: 'example.com',
      names: { plural: 'foos', kind: 'Foo' },
      scope: 'Namespaced',
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: openAPIV3Schema as Schema }, ...rest },
      ],
    },
  };
}

const said = (definition: CustomResourceDefinition, old?: CustomResourceDefinition) =>
  validateDefinition(definition, old).map(({ field, message }) => `${field.replace(BASE, '~')}: ${message}`);

const spec = (properties: unknown) => ({ type: 'object', properties: { spec: { type: 'object', properties } } });
const A = '~.properties[spec].properties[a]';

describe('validateDefinition', () => {
  const cases: [string, unknown, string[]][] = [
    ['a sound schema', spec({ a: { type: 'string' } }), []],
    ['a missing type', spec({ a: {} }), [`${A}.type: Required value: must not be empty for specified object fields`]],
    ['an empty root', {}, ['~.type: Required value: must not be empty at the root']],
    ['a root that is no object', { type: 'string' }, ['~.type: Invalid value: "string": must be object at the root']],
    ['a list without items', spec({ a: { type: 'array' } }), [`${A}.items: Required value: must be specified`]],
    ['$ref', spec({ a: { type: 'object', $ref: '#/x' } }), [`${A}.$ref: Forbidden: $ref is not supported`]],
    [
      'definitions',
      { type: 'object', definitions: { x: {} } },
      ['~.definitions: Forbidden: definitions is not supported'],
    ],
    [
      'unknown types',
      spec({ a: { type: 'text' } }),
      [
        `${A}.type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`,
      ],
    ],
    [
      'uniqueItems',
      spec({ a: { type: 'array', uniqueItems: true, items: { type: 'string' } } }),
      [`${A}.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`],
    ],
    [
      'properties beside additionalProperties',
      spec({ a: { type: 'object', properties: { b: { type: 'string' } }, additionalProperties: { type: 'string' } } }),
      [`${A}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`],
    ],
    [
      'types in junctors',
      spec({ a: { type: 'string', anyOf: [{ type: 'string' }] } }),
      [`${A}.anyOf[0].type: Forbidden: must be empty to be structural`],
    ],
    [
      'the two forms of int-or-string',
      spec({
        a: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
        b: {
          'x-kubernetes-int-or-string': true,
          allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { pattern: 'x' }],
        },
      }),
      [],
    ],
    [
      'junctors about unspecified fields',
      spec({ a: { type: 'object', not: { properties: { b: {} } } } }),
      [
        `${A}.properties[b]: Required value: because it is defined in ${BASE}.properties[spec].properties[a].not.properties[b]`,
      ],
    ],
    [
      'metadata that is restricted',
      { type: 'object', properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } },
      [
        '~.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
      ],
    ],
    [
      'names that are restricted',
      {
        type: 'object',
        properties: { metadata: { type: 'object', properties: { name: { type: 'string', pattern: '^a' } } } },
      },
      [],
    ],
    [
      'patterns that are none',
      spec({ a: { type: 'string', pattern: '(' } }),
      [
        `${A}.pattern: Invalid value: "(": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): \`(\``,
      ],
    ],
    [
      'list maps without keys',
      spec({ a: { type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } } }),
      [`${A}.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`],
    ],
    [
      'keys that may be absent',
      spec({
        a: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: { type: 'object', properties: { k: { type: 'string' } } },
        },
      }),
      [
        `${A}.items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
      ],
    ],
    [
      'sets of objects',
      spec({ a: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } } }),
      [
        `${A}.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set`,
      ],
    ],
    [
      'embedded resources without a type',
      spec({ a: { 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true } }),
      [`${A}.type: Required value: must be object if x-kubernetes-embedded-resource is true`],
    ],
    [
      'false for preserve-unknown-fields',
      spec({ a: { type: 'object', 'x-kubernetes-preserve-unknown-fields': false } }),
      [`${A}.x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined`],
    ],
    [
      'defaults of a wrong type',
      spec({ a: { type: 'integer', default: 'x' } }),
      [`${A}.default: Invalid value: "string":  in body must be of type integer: "string"`],
    ],
    [
      'defaults with unknown fields',
      spec({ a: { type: 'object', default: { b: 1 } } }),
      [`${A}.default: Invalid value: {"b":1}: must not have unknown fields`],
    ],
    [
      'defaults in metadata',
      { type: 'object', properties: { kind: { type: 'string', default: 'x' } } },
      ['~.properties[kind].default: Forbidden: must not be set in top-level kind'],
    ],
    ['null roots', { type: 'object', nullable: true }, ['~.nullable: Forbidden: nullable cannot be true at the root']],
    [
      'rules that do not compile',
      spec({ a: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self.x' }] } }),
      [
        `${A}.x-kubernetes-validations[0].rule: Invalid value: {"rule":"self.x"}: compilation failed: ERROR: <input>:1:5: type 'string' does not support field selection\n | self.x\n | ....^`,
      ],
    ],
    [
      'rules that are no booleans',
      spec({ a: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self' }] } }),
      [`${A}.x-kubernetes-validations[0].rule: Invalid value: {"rule":"self"}: cel expression must evaluate to a bool`],
    ],
    [
      'empty rules',
      spec({ a: { type: 'string', 'x-kubernetes-validations': [{ rule: ' ' }] } }),
      [`${A}.x-kubernetes-validations[0].rule: Required value: rule is not specified`],
    ],
    [
      'unknown field paths',
      spec({ a: { type: 'object', 'x-kubernetes-validations': [{ rule: 'true', fieldPath: '.x' }] } }),
      [`${A}.x-kubernetes-validations[0].fieldPath: Invalid value: ".x": fieldPath must be a valid path`],
    ],
    [
      'oldSelf in atomic lists',
      spec({
        a: {
          type: 'array',
          maxItems: 2,
          items: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] },
        },
      }),
      [
        `${A}.items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${BASE}.properties[spec].properties[a]`,
      ],
    ],
  ];
  for (const [title, schema, expected] of cases) {
    it(`says of ${title}: ${expected.length === 0 ? 'nothing' : 'what is wrong'}`, () =>
      assert.deepEqual(said(crd(schema)), expected));
  }

  it('refuses rules that could cost too much, and says how to help it', () => {
    const rule = { rule: 'self.all(a, self.all(b, a.contains(b)))' };
    const list = { type: 'array', items: { type: 'string' }, 'x-kubernetes-validations': [rule] };
    const [first = '', ...more] = said(crd(spec({ a: list })));
    assert.match(
      first,
      /rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x \(try simplifying the rule/,
    );
    assert.ok(more.some((each) => /total for entire OpenAPIv3 schema exceeds budget/.test(each)));
    const bounded = { ...list, maxItems: 50, items: { type: 'string', maxLength: 100 } };
    assert.deepEqual(said(crd(spec({ a: bounded }))), []);
  });

  it('refuses columns and paths that lead nowhere', () => {
    const wrong = crd(spec({ a: { type: 'string' }, o: { type: 'object' } }), {
      additionalPrinterColumns: [
        { name: 'X', type: 'text', jsonPath: '.spec[?(' },
        { name: 'Y', type: 'string', jsonPath: 'spec' },
      ],
      subresources: {
        scale: { specReplicasPath: '.status.x', statusReplicasPath: '', labelSelectorPath: '.metadata.x' },
      },
      selectableFields: [
        { jsonPath: '.spec.a' },
        { jsonPath: '.spec.a' },
        { jsonPath: '.spec.o' },
        { jsonPath: '.metadata.name' },
      ],
    });
    assert.deepEqual(
      said(wrong).map((each) => each.replace('spec.versions[0].', '').split(': ').slice(0, 2).join(': ')),
      [
        'additionalPrinterColumns[0].type: Invalid value',
        'additionalPrinterColumns[0].jsonPath: Invalid value',
        'additionalPrinterColumns[1].jsonPath: Invalid value',
        'subresources.scale.specReplicasPath: Invalid value',
        'subresources.scale.statusReplicasPath: Required value',
        'subresources.scale.labelSelectorPath: Invalid value',
        'selectableFields[1].jsonPath: Duplicate value',
        'selectableFields[2].jsonPath: Invalid value',
        'selectableFields[3].jsonPath: Invalid value',
        'selectableFields[3].jsonPath: Invalid value',
      ],
    );
  });

  it('does not ask again of versions that stay as they are', () => {
    const old = crd(spec({ a: {} }));
    assert.deepEqual(said(structuredClone(old), old), []);
  });

  it('wants an approval for groups of the project', () => {
    const definition = crd(spec({}));
    definition.spec.group = 'foo.k8s.io';
    assert.match(
      said(definition).join(),
      /protected groups must have approval annotation "api-approved.kubernetes.io"/,
    );
  });

  it('refuses schemas that are too deep or too many', () => {
    let deep: Schema = { type: 'string' };
    for (let level = 0; level < 400; level++) deep = { type: 'object', properties: { a: deep } };
    assert.deepEqual(said(crd(deep)), ['~: Forbidden: may not nest deeper than 100']);
    const wide = Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`p${index}`, { type: 'string' }]));
    assert.deepEqual(said(crd(spec(wide))), ['~: Forbidden: may not have more than 50000 schemas']);
  });

  it('takes property names that JavaScript has its own ideas of', () => {
    const schema =
      JSON.parse(`{"type":"object","properties":{"__proto__":{"type":"string","default":"x"},"constructor":{"type":"integer"},
      "toString":{"type":"object","properties":{"hasOwnProperty":{"type":"boolean"}}}}}`);
    assert.deepEqual(said(crd(schema)), []);
  });
});
