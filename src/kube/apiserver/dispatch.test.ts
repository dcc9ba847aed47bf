import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatusError, type KubeObject } from '#kube/api';
import { builtinResources } from '#kube/api/resources';
import { requestInfo } from '#kube/auth';
import { MemoryStorage } from '../storage/memory/mod.ts';
import type { WatchAnswer } from './answer.ts';
import { ApiServer } from './apiserver.ts';

const USER = { name: 'tester', groups: ['system:masters'] };

/** An API server in memory without anything around it, as those behind the authorizer see it. */
function serve(): { server: ApiServer; call: (method: string, url: string, object?: object) => Promise<unknown> } {
  const server = new ApiServer({ storage: new MemoryStorage(), rows: builtinResources() });
  const call = async (method: string, url: string, object?: object) =>
    server.run({
      info: requestInfo(method, url),
      user: USER,
      query: new URLSearchParams(url.split('?')[1] ?? ''),
      body: object === undefined ? undefined : { object, contentType: 'application/json' },
      userAgent: 'test',
      accept: undefined,
      signal: new AbortController().signal,
      warn: () => undefined,
      annotate: () => undefined,
    });
  return { server, call };
}

function configMap(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'n' } };
}

const CONFIG_MAPS = '/api/v1/namespaces/n/configmaps';

async function codeOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
    return 200;
  } catch (error) {
    assert.ok(isStatusError(error), String(error));
    return error.code;
  }
}

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
      onEvents: (events) => void seen.push(...events.map(({ entry }) => entry.key)),
      onBookmark: () => undefined,
      onEnd: () => undefined,
    });
    assert.deepEqual(seen, ['/registry/configmaps/n/allowed']);
  });
});
