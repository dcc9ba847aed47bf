import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { builtinResources } from '#kube/api/resources';
import type { WatchAnswer } from '../answer.ts';
import { CachedEntry } from '../store/mod.ts';
import { streamWatch } from './watch-stream.ts';

const row = builtinResources().find(({ plural }) => plural === 'configmaps');
const options = { form: { media: 'json', as: undefined, version: 'v1' }, includeObject: 'None' } as const;

const [version] = row?.versions ?? [];

/** A watch that begins with these objects and, if wanted, is over then. */
function watchOf(entries: readonly CachedEntry[], ends: boolean, onGone: () => void = () => undefined): WatchAnswer {
  assert.ok(row !== undefined && version !== undefined);
  const start: WatchAnswer['start'] = (sink) => {
    sink.onInitial(entries);
    if (ends) sink.onEnd(undefined);
    return { [Symbol.dispose]: onGone };
  };
  return { type: 'watch', endpoint: { row, version }, start };
}

async function listening(handler: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** What a client gets of a watch that begins with these objects, whose lines are made by `encode`. */
async function watched(entries: readonly CachedEntry[], encode: (type: string, object: unknown) => Buffer) {
  const ended = Promise.withResolvers<void>();
  const answer = watchOf(entries, false, ended.resolve);
  const { server, port } = await listening((_request, response) => streamWatch(answer, response, options, encode));
  try {
    const request = get({ host: '127.0.0.1', port, agent: false });
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

describe('a watch on a connection of others', () => {
  const entry = new CachedEntry('a', `{"metadata":{"name":"a"},"data":{"large":"${'x'.repeat(100_000)}"}}`, 1);

  it('leaves nothing behind for the next', async () => {
    const counts: number[] = [];
    const { server, port } = await listening((request, response) => {
      counts.push(request.socket.listenerCount('drain'));
      streamWatch(watchOf([entry], true), response, options, undefined);
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const sockets = new Set<Socket>();
      for (let time = 0; time < 3; time++) {
        const request = get({ host: '127.0.0.1', port, agent });
        const [response] = (await once(request, 'response')) as [IncomingMessage];
        sockets.add(response.socket);
        await text(response);
      }
      assert.equal(sockets.size, 1);
      assert.deepEqual(counts, [counts[0], counts[0], counts[0]]);
    } finally {
      agent.destroy();
      server.close();
    }
  });

  it('that is taken by another goes on when it is its turn, however slow its client is', async () => {
    const first = Promise.withResolvers<void>();
    const full = Promise.withResolvers<void>();
    const { server, port } = await listening((request, response) => {
      if (request.url === '/first') return void first.promise.then(() => response.end('first'));
      streamWatch(watchOf(Array(400).fill(entry), true), response, options, undefined);
      first.resolve();
      // Turn after turn is written, until the connection takes no more.
      let before = -1;
      const look = () => {
        const { writableLength, socket } = response;
        if (socket !== null && writableLength > 0 && writableLength === before) return full.resolve();
        before = socket === null ? -1 : writableLength;
        setTimeout(look, 50);
      };
      look();
    });
    try {
      const socket = connect(port, '127.0.0.1');
      const head = 'HTTP/1.1\r\nhost: x\r\n';
      socket.write(`GET /first ${head}\r\nGET /watch ${head}connection: close\r\n\r\n`);
      await full.promise;
      const got = await text(socket);
      assert.equal(got.match(/"type":"ADDED"/g)?.length, 400);
    } finally {
      server.close();
    }
  });
});
