import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { send } from './send.ts';

/** A server that answers every request with what `respond` sends, and a client's request to it. */
async function serve(respond: (response: ServerResponse) => void | Promise<void>) {
  const server = createServer((_request, response) => void respond(response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [response] = (await once(get({ host: '127.0.0.1', port }), 'response')) as [IncomingMessage];
  return {
    response,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const JSON_ANSWER = { code: 200, contentType: 'application/json' };

describe('send', () => {
  it('makes no more pieces for a client that is gone', async () => {
    const stopped = Promise.withResolvers<number>();
    const pieces = function* () {
      let made = 0;
      try {
        for (; made < 100_000; made++) yield 'x'.repeat(64 * 1024);
      } finally {
        stopped.resolve(made);
      }
    };
    await using client = await serve((response) => send(response, { ...JSON_ANSWER, body: pieces() }));
    await once(client.response, 'readable');
    client.response.destroy();
    assert.ok((await stopped.promise) < 1000);
  });

  it('makes pieces as fast as the client takes them', async () => {
    let made = 0;
    const pieces = function* () {
      for (; made < 2000; made++) yield 'x'.repeat(64 * 1024);
    };
    await using client = await serve((response) => send(response, { ...JSON_ANSWER, body: pieces() }));
    await once(client.response, 'readable');
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    assert.ok(made < 500, `${made} pieces for a client that reads nothing`);
    let bytes = 0;
    for await (const chunk of client.response) bytes += chunk.length;
    assert.equal(bytes, 2000 * 64 * 1024);
  });

  it('lets others have their turn while it makes pieces that take long', async () => {
    let turns = 0;
    const pieces = function* () {
      for (let made = 0; made < 50; made++) {
        const until = performance.now() + 2;
        while (performance.now() < until);
        yield '';
      }
      yield '{}';
    };
    const count = () => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    await using client = await serve((response) => send(response, { ...JSON_ANSWER, body: pieces() }));
    let text = '';
    for await (const chunk of client.response) text += chunk;
    clearImmediate(timer);
    assert.equal(text, '{}');
    assert.ok(turns >= 20, `${turns} turns`);
  });
});
