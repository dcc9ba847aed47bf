import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forbidden, type KubeObject } from '#kube/api';
import { builtinResources } from '#kube/api/resources';
import { requestInfo } from '#kube/auth';
import { MemoryStorage } from '../storage/memory/mod.ts';
import type { WatchAnswer } from './answer.ts';
import { ApiServer } from './apiserver.ts';
import { codeOf } from './testing/code-of.ts';

const USER = { name: 'tester', groups: ['system:masters'] };

type Authorize = (verb: string) => Promise<void>;

/** An API server in memory without anything around it, as those behind the authorizer see it. */
function serve(authorize?: Authorize): {
  server: ApiServer;
  call: (method: string, url: string, object?: object) => Promise<unknown>;
} {
  const server = new ApiServer({ storage: new MemoryStorage(), rows: builtinResources() });
  const call = async (method: string, url: string, object?: object) =>
    server.run({
      info: requestInfo(method, url),
      user: USER,
      query: new URLSearchParams(url.split('?')[1] ?? ''),
      body: object === undefined ? undefined : { object, contentType: contentTypeOf(method) },
      userAgent: 'test',
      accept: undefined,
      signal: new AbortController().signal,
      warn: () => undefined,
      annotate: () => undefined,
      ...(authorize === undefined ? {} : { authorize }),
    });
  return { server, call };
}

function contentTypeOf(method: string): string {
  return method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json';
}

function configMap(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'n' } };
}

const CONFIG_MAPS = '/api/v1/namespaces/n/configmaps';

describe('dispatch', () => {
  it('creates in collections alone: a right for one name is none for what the body names', async () => {
    const { server, call } = serve();
    await using _server = server;
    assert.equal(await codeOf(call('POST', `${CONFIG_MAPS}/allowed`, configMap('other'))), 405);
    assert.equal(await codeOf(call('POST', CONFIG_MAPS, configMap('other'))), 200);
  });

  it('replaces and patches objects alone', async () => {
    const { server, call } = serve();
    await using _server = server;
    assert.equal(await codeOf(call('PUT', CONFIG_MAPS, configMap('a'))), 405);
    assert.equal(await codeOf(call('PATCH', CONFIG_MAPS, {})), 405);
  });

  it('asks whether who creates by apply may create, and nobody who changes what is there', async () => {
    const asked: string[] = [];
    const { server, call } = serve(async (verb) => {
      asked.push(verb);
      throw forbidden({ group: '', resource: 'configmaps' }, 'a', 'may patch alone');
    });
    await using _server = server;
    const url = `${CONFIG_MAPS}/a?fieldManager=test`;
    assert.equal(await codeOf(call('PATCH', url, configMap('a'))), 403);
    assert.equal(await codeOf(call('GET', `${CONFIG_MAPS}/a`)), 404);
    assert.deepEqual(asked, ['create']);
    await call('POST', CONFIG_MAPS, configMap('a'));
    assert.equal(await codeOf(call('PATCH', url, configMap('a'))), 200);
    assert.deepEqual(asked, ['create']);
  });

  it('knows no paths below a subresource but a proxy', async () => {
    const { server, call } = serve();
    await using _server = server;
    assert.equal(await codeOf(call('GET', '/api/v1/namespaces/n/pods/p/status/more')), 404);
    assert.equal(await codeOf(call('GET', '/api/v1/pods/p/status/more')), 404);
  });

  it('shows the one object that the path of an old watch names', async () => {
    const { server, call } = serve();
    await using _server = server;
    for (const name of ['allowed', 'other']) await call('POST', CONFIG_MAPS, configMap(name));
    const answer = (await call('GET', '/api/v1/watch/namespaces/n/configmaps/allowed')) as WatchAnswer;
    const seen: string[] = [];
    using _watch = answer.start({
      onInitial: (entries) => void seen.push(...entries.map(({ key }) => key)),
      onEvents: () => assert.fail('nothing happens'),
      onBookmark: () => undefined,
      onEnd: () => undefined,
    });
    assert.deepEqual(seen, ['/registry/configmaps/n/allowed']);
  });
});
