import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schema } from '#kube/api';
import { fieldTypeOf } from './field-type.ts';
import { shapeOf } from './shape.ts';

const SCHEMA: Schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    number: { type: 'integer' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    ports: {
      type: 'array',
      items: { type: 'object', properties: { port: { type: 'integer' }, note: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port'],
    },
  },
};

const shape = (value: unknown, ignored?: ReadonlySet<string>) =>
  shapeOf(
    fieldTypeOf(SCHEMA, (schema) => schema),
    value,
    ignored,
  );

describe('shapeOf', () => {
  it('is the same for other values of the same fields', () => {
    assert.equal(
      shape({ name: 'a', number: 1, labels: { x: '1' } }),
      shape({ name: 'b', number: 2, labels: { x: '2' } }),
    );
  });

  it('differs with the fields, the keys of maps and the keys of list items', () => {
    const all = [
      {},
      { name: 'a' },
      { number: 1 },
      { name: null },
      { name: undefined },
      { labels: {} },
      { labels: { a: '1' } },
      { labels: { b: '1' } },
      { labels: [] },
      { ports: [] },
      { ports: [{ port: 1 }] },
      { ports: [{ port: 2 }] },
      { ports: [{ port: 1 }, { port: 2 }] },
      { ports: [{ port: 1, note: 'x' }] },
      { ports: [{}] },
      { other: 1 },
    ];
    assert.equal(new Set(all.map((value) => shape(value))).size, all.length);
  });

  it('cannot be imitated by keys that look like shapes', () => {
    assert.notEqual(shape({ labels: { 'a"s"b': '1' } }), shape({ labels: { a: '1', b: '1' } }));
    assert.notEqual(shape({ '0s': 1 }), shape({ labels: 1 }));
  });

  it('leaves out what is ignored', () => {
    assert.equal(shape({ name: 'a', number: 1 }, new Set(['number'])), shape({ name: 'b' }));
  });
});
