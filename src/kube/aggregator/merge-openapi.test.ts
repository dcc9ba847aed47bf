import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenapiV2 } from '#kube/api/openapi';
import { mergeOpenapiV2 } from './merge-openapi.ts';

const refersTo = (name: string) => ({ get: { responses: { 200: { schema: { $ref: `#/definitions/${name}` } } } } });

const OURS = {
  swagger: '2.0',
  info: { title: 'ours', version: '1' },
  paths: { '/apis/mine/v1/': refersTo('Same') },
  definitions: { Same: { type: 'object' }, Other: { type: 'object', description: 'ours' } },
  securityDefinitions: {},
  security: [],
} as unknown as OpenapiV2;

test('mergeOpenapiV2 takes the paths of the group version and the definitions behind them', () => {
  const theirs = {
    info: { title: 'theirs' },
    paths: {
      '/apis/ext/v1/things': refersTo('Thing'),
      '/apis/ext/v10/things': refersTo('Unwanted'),
      '/apis/mine/v1/': refersTo('Thing'),
      '/api/v1/pods': refersTo('Unwanted'),
    },
    definitions: {
      Thing: { properties: { same: { $ref: '#/definitions/Same' }, other: { $ref: '#/definitions/Other' } } },
      Same: { type: 'object' },
      Other: { type: 'object', description: 'theirs', properties: { thing: { $ref: '#/definitions/Thing' } } },
      Unwanted: {},
    },
  };
  const { paths, definitions, info } = mergeOpenapiV2(OURS, theirs, '/apis/ext/v1');
  assert.equal(info.title, 'ours');
  assert.deepEqual(paths, { ...OURS.paths, '/apis/ext/v1/things': refersTo('Thing') });
  assert.deepEqual(definitions, {
    ...OURS.definitions,
    Thing: { properties: { same: { $ref: '#/definitions/Same' }, other: { $ref: '#/definitions/Other_v2' } } },
    Other_v2: { type: 'object', description: 'theirs', properties: { thing: { $ref: '#/definitions/Thing' } } },
  });
});

test('mergeOpenapiV2 takes nothing out of nonsense', () => {
  for (const nonsense of [
    null,
    [],
    'x',
    { paths: [] },
    { paths: { '/apis/ext/v1/x': { $ref: '#/definitions/__proto__' } } },
  ]) {
    const { definitions } = mergeOpenapiV2(OURS, nonsense, '/apis/ext/v1');
    assert.deepEqual(definitions, OURS.definitions);
  }
});
