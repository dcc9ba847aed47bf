import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CachedEntry } from './entry.ts';
import { metadataSpan, withoutManagedFields } from './metadata-text.ts';

const FIELDS = [{ manager: 'm', fieldsV1: { 'f:spec': { 'k:{"name":"a}]}\\"b,"}': { '.': {} } } } }];
const HOSTILE = 'a "managedFields":[{}], \\" and a \\ at the end\\';

function objectOf(metadata: object) {
  return {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata,
    spec: { managedFields: [1], metadata: { name: 'inner', managedFields: [2] } },
  };
}

describe('withoutManagedFields', () => {
  const kept = { name: 'a', annotations: { [HOSTILE]: HOSTILE, managedFields: '[' }, uid: 'u' };
  const where = {
    first: { managedFields: FIELDS, ...kept },
    'in the middle': { name: 'a', managedFields: FIELDS, annotations: kept.annotations, uid: 'u' },
    last: { ...kept, managedFields: FIELDS },
    absent: kept,
  };
  for (const [place, metadata] of Object.entries(where)) {
    it(`leaves everything else as it is: ${place}`, () => {
      const slim = withoutManagedFields(JSON.stringify(objectOf(metadata)));
      assert.deepEqual(JSON.parse(slim), objectOf(kept));
    });
  }

  it('knows metadata that are nothing else, or nothing', () => {
    for (const metadata of [{ managedFields: FIELDS }, {}]) {
      assert.deepEqual(JSON.parse(withoutManagedFields(JSON.stringify(objectOf(metadata)))), objectOf({}));
    }
  });

  it('keeps its hands off texts of others', () => {
    for (const text of [
      JSON.stringify(objectOf(where.first), undefined, 1),
      '{"metadata":{"a" :1}}',
      '{}',
      '{"metadata":{"a',
    ]) {
      assert.equal(withoutManagedFields(text), text);
    }
  });
});

describe('metadataSpan', () => {
  it('is the metadata of the object, not those within', () => {
    for (const metadata of [{}, { name: 'a', managedFields: FIELDS }, { annotations: { a: HOSTILE }, name: '}' }]) {
      const text = JSON.stringify(objectOf(metadata));
      const { start, end } = metadataSpan(text) ?? { start: 0, end: 0 };
      assert.deepEqual(JSON.parse(text.slice(start, end)), metadata);
    }
  });
});

describe('CachedEntry', () => {
  const metadata = { name: 'a', labels: { l: '1' }, managedFields: FIELDS };
  const entry = () => new CachedEntry('k', JSON.stringify(objectOf(metadata)), 7);

  it('gives its metadata, parsed and as JSON', () => {
    assert.deepEqual(entry().metadata, { name: 'a', labels: { l: '1' }, resourceVersion: '7' });
    assert.deepEqual(JSON.parse(entry().metadataJson), { ...metadata, resourceVersion: '7' });
    const spaced = new CachedEntry('k', JSON.stringify(objectOf(metadata), undefined, 1), 7);
    assert.deepEqual(JSON.parse(spaced.metadataJson), { ...metadata, resourceVersion: '7' });
    assert.equal(spaced.metadata.resourceVersion, '7');
  });

  it('gives the object without managed fields, and knows its labels', () => {
    const slim = entry().slim;
    assert.deepEqual(slim, objectOf({ name: 'a', labels: { l: '1' }, resourceVersion: '7' }));
    assert.deepEqual(entry().labels, { l: '1' });
  });
});
