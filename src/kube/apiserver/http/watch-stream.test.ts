import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { builtinResources } from '#kube/api/resources';
import type { WatchAnswer } from '../answer.ts';
import { CachedEntry } from '../store/mod.ts';
import { streamWatch } from './watch-stream.ts';

const row = builtinResources().find(({ plural }) => plural === 'configmaps');
const options = { form: { media: 'json', as: undefined, version: 'v1' }, includeObject: 'None' } as const;

/** What a client gets of a watch that begins with these objects, whose lines are made by `encode`. */
async function watched(entries: readonly CachedEntry[], encode: (type: string, object: unknown) => Buffer) {
  const [version] = row?.versions ?? [];
  assert.ok(row !== undefined && version !== undefined);
  const ended = Promise.withResolvers<void>();
  const start: WatchAnswer['start'] = (sink) => {
    sink.onInitial(entries);
    return { [Symbol.dispose]: () => ended.resolve() };
  };
  const answer: WatchAnswer = { type: 'watch', endpoint: { row, version }, start };
  const server = createServer((_request, response) => streamWatch(answer, response, options, encode));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const request = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const lines = (await text(response)).trimEnd().split('\n');
    await ended.promise;
    return lines.map((line) => JSON.parse(line) as { type: string; object: { message?: string } });
  } finally {
    server.close();
  }
}

describe('a watch whose objects cannot all be shown', () => {
  const entry = (name: string) =>
    new CachedEntry(name, `{"metadata":{"name":"${name}"},"data":{"large":"${'x'.repeat(100_000)}"}}`, 1);
  const encode = (type: string, object: unknown) => {
    if (JSON.stringify(object).includes('"name":"bad"')) throw new Error('cannot be shown');
    return Buffer.from(`${JSON.stringify({ type, object })}\n`);
  };

  for (const [when, before] of [
    ['at once', 0],
    ['when it is its turn', 5],
  ] as const) {
    it(`ends with an error ${when}, and nothing else ends`, async () => {
      const good = Array.from({ length: before }, (_, index) => entry(`good-${index}`));
      const events = await watched([...good, entry('bad'), entry('late')], encode);
      const sent = events.filter(({ type }) => type === 'ADDED').length;
      assert.ok(sent <= before, `${sent} were sent`);
      assert.equal(events.length, sent + 1);
      assert.equal(events.at(-1)?.type, 'ERROR');
      assert.match(events.at(-1)?.object.message ?? '', /cannot be shown/);
    });
  }
});
