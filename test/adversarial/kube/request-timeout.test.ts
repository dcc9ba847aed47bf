/** Requests that would never end: bodies that drip, webhooks and aggregated servers that hang. They are given up, and keep nobody's place. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { aggregate } from '../../conformance/kube/support/aggregate.ts';
import { ExtensionServer } from '../../conformance/kube/support/extension-server.ts';
import { Webhooks } from '../../conformance/kube/support/webhooks.ts';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { refused, TestCluster } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const { api } = forAllTests(await TestCluster.start({ server: { requestTimeoutMs: 1_000 } }));

/** How many requests are under way besides the one that asks. */
async function underWay(kind: 'mutating' | 'readOnly'): Promise<number> {
  const { text } = await api.call('GET', '/metrics');
  const found = text.match(new RegExp(`^apiserver_current_inflight_requests\\{request_kind="${kind}"\\} (\\d+)$`, 'm'));
  return Number(found?.[1]) - (kind === 'readOnly' ? 1 : 0);
}

describe('a request that does not end', () => {
  it('because its body drips is a 504, and its connection is closed', async () => {
    const socket = await api.socket();
    let answer = '';
    socket.on('data', (bytes: Buffer) => {
      answer += bytes.toString();
    });
    socket.write(`POST ${maps} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{`);
    const drip = setInterval(() => socket.write(' '), 50);
    await once(socket, 'close');
    clearInterval(drip);
    assert.match(answer, /^HTTP\/1\.1 504 /);
    assert.match(answer, /"reason":"Timeout"/);
    await eventually('nothing is under way', async () => (await underWay('mutating')) === 0);
  });

  it('because a webhook hangs is a 504, and the webhook is left alone', async () => {
    await using webhooks = await Webhooks.start(api);
    const left = Promise.withResolvers<void>();
    webhooks.server.behaviour = (_request, _body, response) => {
      response.on('close', () => left.resolve());
      response.writeHead(200).flushHeaders();
    };
    await webhooks.register(
      'Validating',
      [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
      { timeoutSeconds: 30 },
    );
    await refused(api.create(maps, { metadata: { name: 'hangs' } }), 504, 'Timeout');
    await left.promise;
    await webhooks.clear();
    await refused(api.get(`${maps}/hangs`), 404);
  });

  it('because an aggregated server hangs is a 504, and that is left alone', async () => {
    await using extension = await ExtensionServer.start();
    const left = Promise.withResolvers<void>();
    extension.behaviour = ({ url }, _body, response) => {
      if (url === '/apis/slow.example.org/v1')
        return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'slow.example.org/v1', resources: [] };
      response.on('close', () => left.resolve());
      return new Promise(() => undefined);
    };
    await aggregate(api, 'slow', extension);
    const path = '/apis/slow.example.org/v1/namespaces/default/snails';
    await eventually('the API is asked', async () => (await api.call('GET', path)).code === 504);
    await left.promise;
    await eventually('nothing is under way', async () => (await underWay('readOnly')) === 0);
  });

  it('because it is a watch is none of them', async () => {
    using watch = await api.watch(maps);
    const late = await api.socket();
    late.write(`POST ${maps} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{`);
    await once(late.resume(), 'close');
    // One that began before has been given up; the watch goes on.
    await api.create(maps, { metadata: { name: 'seen' } });
    await watch.until(({ object }) => object.metadata.name === 'seen');
  });
});
