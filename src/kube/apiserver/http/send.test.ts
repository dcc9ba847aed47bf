import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { answered } from '../testing/answered.ts';
import { send } from './send.ts';

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
    await using client = await answered((response) => send(response, { ...JSON_ANSWER, body: pieces() }));
    await once(client.response, 'readable');
    client.response.destroy();
    assert.ok((await stopped.promise) < 1000);
  });

  it('makes pieces as fast as the client takes them', async () => {
    let made = 0;
    const pieces = function* () {
      for (; made < 2000; made++) yield 'x'.repeat(64 * 1024);
    };
    await using client = await answered((response) => send(response, { ...JSON_ANSWER, body: pieces() }));
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
    await using client = await answered((response) => send(response, { ...JSON_ANSWER, body: pieces() }));
    let text = '';
    for await (const chunk of client.response) text += chunk;
    clearImmediate(timer);
    assert.equal(text, '{}');
    assert.ok(turns >= 20, `${turns} turns`);
  });
});
