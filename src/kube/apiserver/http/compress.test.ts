import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get as getSecurely } from 'node:https';
import { networkInterfaces } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createCluster } from 'hakobune';
import { answered } from '../testing/answered.ts';
import { sendGzipped } from './compress.ts';

const LONG = 'ü and more, '.repeat(50_000);

describe('sendGzipped', () => {
  it('compresses a whole body, and one in pieces', async () => {
    for (const body of [LONG, Buffer.from(LONG), ['', LONG, '', Buffer.from(LONG), 'end']]) {
      await using client = await answered((response) => sendGzipped(response, body));
      const bytes = await buffer(client.response);
      assert.equal(client.response.headers['content-encoding'], 'gzip');
      assert.equal(client.response.headers.vary, 'Accept-Encoding');
      assert.ok(bytes.length < LONG.length / 10);
      const whole = Array.isArray(body) ? body.map(String).join('') : String(body);
      assert.ok(gunzipSync(bytes).toString() === whole, 'the body is whole');
    }
  });

  it('sends pieces that are short together as they are', async () => {
    await using client = await answered((response) => sendGzipped(response, ['', 'short', ' list']));
    assert.equal((await buffer(client.response)).toString(), 'short list');
    assert.equal(client.response.headers['content-encoding'], undefined);
    assert.equal(client.response.headers['content-length'], '10');
  });

  it('makes no more pieces for a client that is gone', async () => {
    const stopped = Promise.withResolvers<number>();
    const pieces = function* () {
      let made = 0;
      try {
        for (; made < 20_000; made++) yield `${made} ${LONG}`;
      } finally {
        stopped.resolve(made);
      }
    };
    await using client = await answered((response) => sendGzipped(response, pieces()));
    await once(client.response, 'readable');
    client.response.destroy();
    assert.ok((await stopped.promise) < 20_000);
    assert.deepEqual(client.failures, []);
  });
});

describe('a list that a client on another machine asks for', () => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((found) => found?.family === 'IPv4' && !found.internal)?.address;

  it('comes compressed, others do not', { skip: address === undefined && 'there is no network' }, async () => {
    await using cluster = await createCluster({ listen: '0.0.0.0:0', controllers: false });
    const maps = { group: '', version: 'v1', resource: 'configmaps' };
    for (const name of ['a', 'b']) {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { LONG } };
      await cluster.client.create(maps, object);
    }
    const user = /client-certificate-data"?: ?"?([^"\n]+)"?[\s\S]*client-key-data"?: ?"?([^"\n]+)"?/.exec(
      cluster.kubeconfig,
    );
    const [cert, key] = [user?.[1] ?? '', user?.[2] ?? ''].map((text) => Buffer.from(text, 'base64'));
    const ask = async (host: string | undefined) => {
      const path = '/api/v1/namespaces/default/configmaps';
      const { port } = new URL(cluster.url);
      const headers = { 'accept-encoding': 'gzip' };
      const request = getSecurely({ host, port, path, cert, key, headers, rejectUnauthorized: false, agent: false });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return { encoding: response.headers['content-encoding'], bytes: await buffer(response) };
    };
    const far = await ask(address);
    const near = await ask('127.0.0.1');
    assert.deepEqual([far.encoding, near.encoding], ['gzip', undefined]);
    // The revisions of the lists may differ.
    const itemsOf = (bytes: Buffer) => JSON.stringify(JSON.parse(bytes.toString()).items);
    assert.ok(itemsOf(gunzipSync(far.bytes)) === itemsOf(near.bytes), 'both show the same objects');
  });
});
