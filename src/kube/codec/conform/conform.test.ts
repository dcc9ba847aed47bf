import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatusError, type Schema, type SchemaResolver } from '#kube/api';
import {
  asInText,
  conform,
  DUPLICATES_FIRST,
  decodeJson,
  encodeJson,
  fieldComplaints,
  strictDecodingError,
} from '../mod.ts';

const definitions: Record<string, Schema> = {
  'x.v1.Thing': {
    type: 'object',
    'x-kubernetes-group-version-kind': [{ group: 'x', version: 'v1', kind: 'Thing' }],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { $ref: 'x.v1.Meta' },
      spec: { $ref: 'x.v1.ThingSpec' },
    },
  },
  'x.v1.Meta': {
    type: 'object',
    properties: {
      name: { type: 'string' },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      creationTimestamp: { $ref: 'x.v1.Time' },
      renewed: { $ref: 'x.v1.MicroTime' },
    },
  },
  'x.v1.ThingSpec': {
    type: 'object',
    required: ['parts'],
    properties: {
      replicas: { type: 'integer', format: 'int32' },
      big: { type: 'integer', format: 'int64' },
      ratio: { type: 'number' },
      on: { type: 'boolean' },
      port: { format: 'int-or-string', 'x-kubernetes-int-or-string': true },
      data: { type: 'object', additionalProperties: { type: 'string', format: 'byte' } },
      limits: { type: 'object', additionalProperties: { $ref: 'x.v1.Quantity' } },
      parts: { type: 'array', items: { $ref: 'x.v1.Part' } },
      args: { type: 'array', items: { type: 'string' } },
      raw: { $ref: 'x.v1.Raw' },
      any: { 'x-kubernetes-preserve-unknown-fields': true },
      self: { $ref: 'x.v1.ThingSpec' },
    },
  },
  'x.v1.Part': { type: 'object', properties: { name: { type: 'string' }, limit: { $ref: 'x.v1.Quantity' } } },
  'x.v1.Quantity': { type: 'string', format: 'quantity' },
  'x.v1.Time': { type: 'string', format: 'date-time' },
  'x.v1.MicroTime': { type: 'string', format: 'date-time' },
  'x.v1.Raw': { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
};
const resolve: SchemaResolver = (schema) => (schema.$ref === undefined ? schema : (definitions[schema.$ref] as Schema));
const thing = { $ref: 'x.v1.Thing' };

const conformed = (text: string) => {
  const { value } = decodeJson(text);
  const { unknown } = conform(value, thing, resolve);
  return { value, unknown };
};
const spec = (value: unknown) => conformed(JSON.stringify({ spec: value })).value as { spec: unknown };
const refuse = (value: unknown, words: string) =>
  assert.throws(
    () => conformed(typeof value === 'string' ? value : JSON.stringify(value)),
    (error) => isStatusError(error, 'BadRequest') && error.message.includes(words),
    words,
  );

describe('conform', () => {
  it('drops unknown fields and tells their paths', () => {
    const { value, unknown } = conformed(
      '{"foo":1,"spec":{"parts":[{"name":"a","bar":{}},{"Name":"b"}],"self":{"x":1},"replicas":1}}',
    );
    assert.deepEqual(unknown, ['foo', 'spec.parts[0].bar', 'spec.parts[1].Name', 'spec.self.x']);
    assert.deepEqual(value, { spec: { parts: [{ name: 'a' }, {}], self: {}, replicas: 1 } });
  });

  it('works in place and leaves what conforms as it is', () => {
    const value = { metadata: { name: 'a', labels: { x: 'y' } }, spec: { parts: [{ name: 'a' }] } };
    const part = value.spec.parts[0];
    conform(value, thing, resolve);
    assert.equal(value.spec.parts[0], part);
  });

  it('takes null for absent, and for zero in lists and maps', () => {
    assert.deepEqual(
      conformed('{"metadata":{"name":null,"creationTimestamp":null,"labels":{"a":null}},"spec":null}').value,
      {
        metadata: { labels: { a: '' } },
      },
    );
    assert.deepEqual(spec({ parts: [null, { name: null }], args: [null, 'x'], limits: { cpu: null } }), {
      spec: { parts: [{}, {}], args: ['', 'x'], limits: { cpu: '0' } },
    });
  });

  it('leaves out empty lists and maps that may be absent', () => {
    assert.deepEqual(spec({ parts: [], args: [], data: {}, raw: {}, self: { parts: [] } }), {
      spec: { parts: [], raw: {}, self: { parts: [] } },
    });
  });

  it('keeps unknown fields where the schema says so', () => {
    const text = '{"spec":{"raw":{"a":null,"b":[{"c":1}]},"any":[1,null]}}';
    assert.equal(encodeJson(conformed(text).value), text);
    assert.deepEqual(conformed(text).unknown, []);
  });

  it('refuses values of wrong types in Go’s words', () => {
    const prefix = 'Thing in version "v1" cannot be handled as a Thing: json: cannot unmarshal ';
    const at = (what: string, field: string, type: string) =>
      `${prefix}${what} into Go struct field ${field} of type ${type}`;
    refuse({ spec: { replicas: 'x' } }, at('string', 'ThingSpec.spec.replicas', 'int32'));
    refuse({ spec: { replicas: true } }, at('bool', 'ThingSpec.spec.replicas', 'int32'));
    refuse({ spec: { on: 'true' } }, at('string', 'ThingSpec.spec.on', 'bool'));
    refuse({ spec: { args: 'x' } }, at('string', 'ThingSpec.spec.args', '[]string'));
    refuse({ spec: { args: [1] } }, at('number', 'ThingSpec.spec.args', 'string'));
    refuse({ spec: { parts: {} } }, at('object', 'ThingSpec.spec.parts', '[]v1.Part'));
    refuse({ spec: { parts: [{ name: [] }] } }, at('array', 'Part.spec.parts.name', 'string'));
    refuse({ spec: [] }, at('array', 'Thing.spec', 'v1.ThingSpec'));
    refuse({ metadata: { labels: { a: 1 } } }, at('number', 'Meta.metadata.labels', 'string'));
    refuse({ metadata: { labels: [] } }, at('array', 'Meta.metadata.labels', 'map[string]string'));
    refuse([], `${prefix}array into Go value of type v1.Thing`);
  });

  it('checks the ranges of integers, however large they are', () => {
    assert.deepEqual(spec({ replicas: -(2 ** 31), big: 2 ** 40 }), { spec: { replicas: -(2 ** 31), big: 2 ** 40 } });
    for (const replicas of ['2147483648', '-2147483649', '1.5', '12345678901234567', '1e30']) {
      refuse(`{"spec":{"replicas":${replicas}}}`, 'of type int32');
    }
    assert.equal(encodeJson(conformed('{"spec":{"big":9007199254740993}}').value), '{"spec":{"big":9007199254740993}}');
    for (const big of ['1.5', '1e30', '9223372036854775808']) refuse(`{"spec":{"big":${big}}}`, 'of type int64');
    refuse('{"spec":{"port":9007199254740993}}', 'of type int32');
  });

  it('writes quantities in their canonical form and refuses others', () => {
    assert.deepEqual(spec({ limits: { a: '1000m', b: 2, c: '1024Mi', d: '0.5', e: '100m' } }), {
      spec: { limits: { a: '1', b: '2', c: '1Gi', d: '500m', e: '100m' } },
    });
    const words = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    for (const limit of ['1x', '', 'Gi', '1 Gi']) refuse({ spec: { parts: [{ limit }] } }, words);
    refuse({ spec: { parts: [{ limit: true }] } }, 'cannot unmarshal bool');
  });

  it('writes times in UTC and refuses what is none', () => {
    const time = (creationTimestamp: string) =>
      (conformed(JSON.stringify({ metadata: { creationTimestamp } })).value as { metadata: object }).metadata;
    assert.deepEqual(time('2024-02-29T12:00:00Z'), { creationTimestamp: '2024-02-29T12:00:00Z' });
    assert.deepEqual(time('2024-01-01T00:30:00.987+02:00'), { creationTimestamp: '2023-12-31T22:30:00Z' });
    assert.deepEqual(conformed('{"metadata":{"renewed":"2024-01-01T00:00:00.1234567Z"}}').value, {
      metadata: { renewed: '2024-01-01T00:00:00.123456Z' },
    });
    for (const bad of ['', 'x', '2024-01-01', '2023-02-29T00:00:00Z', '2024-01-01T24:00:00Z', '2024-01-01 00:00:00Z']) {
      refuse({ metadata: { creationTimestamp: bad } }, `parsing time ${JSON.stringify(bad)} as`);
    }
  });

  it('checks base64', () => {
    assert.deepEqual(spec({ data: { a: 'aGk=', b: '', c: 'aGk\n=' } }), {
      spec: { data: { a: 'aGk=', b: '', c: 'aGk=' } },
    });
    refuse({ spec: { data: { a: 'a!k=' } } }, 'illegal base64 data at input byte 1');
    refuse({ spec: { data: { a: 'aGk' } } }, 'illegal base64 data at input byte');
  });

  it('takes an int-or-string for either', () => {
    assert.deepEqual(spec({ port: '80%' }), { spec: { port: '80%' } });
    assert.deepEqual(spec({ port: 80 }), { spec: { port: 80 } });
    refuse({ spec: { port: {} } }, 'cannot unmarshal object');
  });

  it('is not fooled by keys of Object.prototype', () => {
    const { value, unknown } = conformed(
      '{"__proto__":{"a":1},"constructor":1,"metadata":{"labels":{"__proto__":"x","toString":"y"}}}',
    );
    assert.deepEqual(unknown, ['__proto__', 'constructor']);
    assert.equal(encodeJson(value), '{"metadata":{"labels":{"__proto__":"x","toString":"y"}}}');
  });
});

describe('conform, of what was conformed before', () => {
  const resolve: SchemaResolver = (schema) => (schema.$ref === undefined ? schema : (definitions[schema.$ref] ?? {}));
  const again = (value: object, before: object) => conform(value, { $ref: 'x.v1.Thing' }, resolve, before).unknown;
  const before = { metadata: { labels: { a: 1 } }, spec: { odd: 1 } };

  it('leaves the very same values at the same fields', () => {
    const value = { metadata: { name: 'x', labels: before.metadata.labels }, spec: before.spec };
    assert.deepEqual(again(value, before), []);
    assert.deepEqual(value.spec, { odd: 1 });
  });

  it('looks at their equals, and at those that have moved', () => {
    assert.deepEqual(again({ spec: { odd: 1 } }, before), ['spec.odd']);
    assert.throws(() => again({ metadata: { labels: before.spec } }, before), /cannot unmarshal number/);
    assert.deepEqual(again({ metadata: { spec: before.spec } }, before), ['metadata.spec']);
  });
});

describe('strictDecodingError', () => {
  it('joins complaints in upstream’s words', () => {
    assert.equal(strictDecodingError([], []), undefined);
    assert.equal(
      strictDecodingError(['spec.foo'], ['a']),
      'strict decoding error: unknown field "spec.foo", duplicate field "a"',
    );
  });

  it('tells duplicates first where they were found first', () => {
    assert.equal(
      strictDecodingError(['spec.foo'], ['a'], DUPLICATES_FIRST),
      'strict decoding error: duplicate field "a", unknown field "spec.foo"',
    );
  });

  it('tells them as they stand in a text, and none twice that nobody knows', () => {
    const text =
      '{"metadata":{"name":"a","name":"b","odd":1},"spec":{"x.y":1,"odd":{"in":1,"in":2},"odd":2,"oddly":1,"oddly":2,"on":true,"on":false,' +
      '"parts":[{"odd":1,"name":"a","name":"b"}],"replicas":1,"later":1},"spec":{"odd":3}}';
    const { duplicates } = decodeJson(text);
    const unknown = ['metadata.odd', 'spec.x.y', 'spec.odd', 'spec.parts[0].odd', 'spec.later'];
    assert.deepEqual(fieldComplaints(unknown, duplicates, asInText(text, unknown, duplicates)), [
      'duplicate field "metadata.name"',
      'unknown field "metadata.odd"',
      'unknown field "spec.x.y"',
      'unknown field "spec.odd"',
      'duplicate field "spec.oddly"',
      'duplicate field "spec.on"',
      'unknown field "spec.parts[0].odd"',
      'duplicate field "spec.parts[0].name"',
      'unknown field "spec.later"',
      'duplicate field "spec"',
    ]);
  });
});
