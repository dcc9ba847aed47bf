import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtinResources } from '#kube/api/resources';
import type { ApiRequest } from '../request.ts';
import { ResourceCatalog } from '../resources/catalog.ts';
import { OpenapiV2, type OtherOpenapiV2 } from './openapi.ts';

const GNOSTIC = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

function adding(name: string, item: unknown): OtherOpenapiV2 {
  return {
    name,
    addTo: (document) => ({ ...document, paths: { ...document.paths, [`/apis/${name}`]: item } }) as typeof document,
  };
}

/** No encoder can write it. */
const circular: { self?: unknown } = {};
circular.self = circular;

const OTHERS: OtherOpenapiV2[] = [
  adding('before', { get: { responses: {} } }),
  {
    name: 'nonsense',
    addTo: () => {
      throw new Error('nonsense');
    },
  },
  adding('endless', { get: { responses: { 200: { schema: { example: circular } } } } }),
  adding('after', { get: { responses: {} } }),
];

describe('OpenapiV2', () => {
  async function bodyFor(accept: string): Promise<string | Buffer> {
    const openapi = new OpenapiV2(new ResourceCatalog(builtinResources()));
    openapi.others = { v3: () => new Map(), v2: () => OTHERS };
    return (await openapi.document({ accept } as ApiRequest)).body as string | Buffer;
  }

  it('publishes the documents of other servers but for those that are broken', async () => {
    const { paths } = JSON.parse(String(await bodyFor('application/json'))) as { paths: object };
    const others = Object.keys(paths).filter((path) => /^\/apis\/[a-z]+$/.test(path));
    assert.deepEqual(others, ['/apis/before', '/apis/after']);
    assert.ok('/api/v1/pods' in paths);
  });

  it('does so in protobuf, too', async () => {
    const body = Buffer.from(await bodyFor(GNOSTIC)).toString('latin1');
    for (const path of ['/apis/before', '/apis/after', '/api/v1/pods']) assert.ok(body.includes(path), path);
    assert.ok(!body.includes('/apis/nonsense'));
  });
});
