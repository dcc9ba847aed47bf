import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtinResources } from '#kube/api/resources';
import { decodeYaml, yamlStringifier } from '#kube/codec';
import { encodeProtobuf, ProtobufList } from '#kube/codec/protobuf';
import type { ListAnswer } from '../answer.ts';
import { ResourceCatalog } from '../resources/catalog.ts';
import { CachedEntry } from '../store/mod.ts';
import { tableJson } from '../table.ts';
import { jsonPieces, prettyPieces, protobufPieces, yamlPieces } from './list-pieces.ts';
import type { RenderOptions } from './render.ts';

const endpoint = new ResourceCatalog(builtinResources()).find('', 'v1', 'configmaps') as ListAnswer['endpoint'];
const metadata = { resourceVersion: '99', continue: 'more', remainingItemCount: 5 };
const JSON_OPTIONS: RenderOptions = {
  form: { media: 'json', as: undefined, version: 'v1' },
  includeObject: 'Metadata',
  pretty: false,
  nowMs: Date.parse('2026-01-01T01:00:00Z'),
};

function objectOf(at: number) {
  const managedFields = [{ manager: 'm', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': {} } }];
  const texts = {
    plain: 'a',
    lines: '  first\n\nlast  \n',
    long: 'word '.repeat(50),
    odd: '- #: \t"',
    empty: '',
    yes: 'yes',
  };
  const meta = { name: `m${at}`, namespace: 'n', creationTimestamp: '2026-01-01T00:00:00Z', managedFields };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta, data: { ...texts, at: String(at) } };
}

function answerOf(count: number): { answer: ListAnswer; entries: CachedEntry[]; whole: Record<string, unknown> } {
  const objects = Array.from({ length: count }, (_, at) => objectOf(at));
  const entries = objects.map((object, at) => new CachedEntry(`k${at}`, JSON.stringify(object), at + 1));
  const items = objects.map((object, at) => withRevision(object, at + 1));
  return {
    answer: { type: 'list', endpoint, entries, metadata },
    entries,
    whole: { kind: 'ConfigMapList', apiVersion: 'v1', metadata, items },
  };
}

function withRevision(object: ReturnType<typeof objectOf>, revision: number) {
  return { ...object, metadata: { resourceVersion: String(revision), ...object.metadata } };
}

function textOf(pieces: Iterable<string | Buffer>): string {
  return [...pieces].map(String).join('');
}

for (const count of [0, 1, 500]) {
  const { answer, entries, whole } = answerOf(count);

  describe(`a list of ${count}`, () => {
    it('is the JSON that it would be in one go', () => {
      assert.equal(textOf(jsonPieces(answer, entries, JSON_OPTIONS)), JSON.stringify(whole));
    });

    it('is the JSON for people that it would be in one go', () => {
      const text = textOf(prettyPieces(answer, entries, { ...JSON_OPTIONS, pretty: true }));
      assert.deepEqual(JSON.parse(text), whole);
      assert.equal(text, JSON.stringify(JSON.parse(text), undefined, 2));
    });

    it('is YAML that says the same', async () => {
      const form = { media: 'yaml', as: undefined, version: 'v1' } as const;
      const pieces = yamlPieces(answer, entries, { ...JSON_OPTIONS, form }, await yamlStringifier());
      assert.deepEqual((await decodeYaml(textOf(pieces))).value, whole);
    });

    it('is the protobuf that it would be in one go', () => {
      const type = { apiVersion: 'v1', kind: 'ConfigMapList' };
      const form = { media: 'protobuf', as: undefined, version: 'v1' } as const;
      const pieces = protobufPieces(answer, entries, { ...JSON_OPTIONS, form }, ProtobufList.of(type) as ProtobufList);
      const bytes = Buffer.concat([...pieces].map((piece) => Buffer.from(piece)));
      assert.deepEqual(bytes, encodeProtobuf(whole, type));
    });

    it('is a Table with a row for each', () => {
      const form = { media: 'json', as: 'Table', version: 'v1' } as const;
      const table = JSON.parse(textOf(jsonPieces(answer, entries, { ...JSON_OPTIONS, form })));
      const rows = (whole.items as ReturnType<typeof withRevision>[]).map(({ metadata: { name }, metadata }) => ({
        cells: [name, 7, '60m'],
        object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata },
      }));
      assert.deepEqual(table, { ...JSON.parse(tableJson(endpoint, 'v1', metadata, [])), rows });
    });

    it('is a list of metadata', () => {
      const form = { media: 'json', as: 'PartialObjectMetadataList', version: 'v1' } as const;
      const list = JSON.parse(textOf(jsonPieces(answer, entries, { ...JSON_OPTIONS, form })));
      assert.equal(list.kind, 'PartialObjectMetadataList');
      assert.deepEqual(
        list.items.map((item: { metadata: object }) => item.metadata),
        (whole.items as { metadata: object }[]).map((item) => item.metadata),
      );
    });
  });
}

describe('pieces', () => {
  it('are many, and let others have their turn', () => {
    const { answer, entries } = answerOf(2000);
    const pieces = [...jsonPieces(answer, entries, JSON_OPTIONS)];
    assert.ok(pieces.filter((piece) => piece.length > 0).length > 5);
    assert.ok(pieces.filter((piece) => piece.length === 0).length > 100);
  });
});
