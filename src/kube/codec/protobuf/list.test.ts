import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeProtobuf } from './envelope.ts';
import { ProtobufList } from './list.ts';

const TYPE = { apiVersion: 'v1', kind: 'PodList' };
const METADATA = { resourceVersion: '12', continue: 'x', remainingItemCount: 3 };

function pod(name: string) {
  return { metadata: { name, labels: { a: 'ü'.repeat(200) } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
}

function encoded(items: readonly object[], metadata: object): Buffer {
  const list = ProtobufList.of(TYPE) as ProtobufList;
  const bytes = items.map((item) => list.item(item));
  return Buffer.concat([
    list.head(
      metadata,
      bytes.reduce((sum, item) => sum + item.length, 0),
    ),
    ...bytes,
  ]);
}

describe('ProtobufList', () => {
  it('makes the bytes that the list has as a whole', () => {
    for (const count of [0, 1, 200]) {
      const items = Array.from({ length: count }, (_, at) => pod(`p${at}`));
      const whole = encodeProtobuf({ ...TYPE, metadata: METADATA, items }, TYPE);
      assert.deepEqual(encoded(items, METADATA), whole);
    }
  });

  it('is there for kinds that have protobuf', () => {
    assert.notEqual(ProtobufList.of({ apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadataList' }), undefined);
    assert.equal(ProtobufList.of({ apiVersion: 'example.org/v1', kind: 'WidgetList' }), undefined);
  });
});
