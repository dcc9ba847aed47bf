/** Many watchers, and watches of many objects. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { TestCluster } from '../../lib/kube.ts';
import type { WatchProbe } from '../../lib/kube-watch.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const OBJECTS = 3000;
const test = forAllTests(await TestCluster.start());
const { api } = test;

function configMap(name: string, labels: Record<string, string> = {}) {
  return { metadata: { name, labels }, data: { text: 'ü'.repeat(500) } };
}

async function fill(path: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, at) => `m${String(at).padStart(5, '0')}`);
  for (let at = 0; at < names.length; at += 50) {
    await Promise.all(names.slice(at, at + 50).map((name) => api.create(path, configMap(name))));
  }
}

describe('a crowd of watchers', () => {
  it('is told everything in order, each by its own selector and form', async () => {
    const path = `${await test.namespace('crowd')}/configmaps`;
    const open = async (count: number, query: string, headers = {}) =>
      Promise.all(Array.from({ length: count }, () => api.watch(`${path}?${query}`, headers)));
    const all = await open(60, 'resourceVersion=');
    const odd = await open(40, 'labelSelector=kind%3Dodd');
    const tables = await open(5, '', { accept: TABLE });
    const names = Array.from({ length: 200 }, (_, at) => `m${at}`);
    await Promise.all(names.map((name, at) => api.create(path, configMap(name, { kind: at % 2 ? 'odd' : 'even' }))));
    await api.patch(`${path}/m7`, 'merge', { metadata: { labels: { kind: 'even' } } });
    await api.delete(`${path}/m8`);

    const seen = await Promise.all(all.map((watch) => watch.names(202)));
    assert.deepEqual(seen[0]?.slice(200), ['MODIFIED m7', 'DELETED m8']);
    assert.deepEqual(new Set(seen[0]?.slice(0, 200)), new Set(names.map((name) => `ADDED ${name}`)));
    for (const one of seen) assert.deepEqual(one, seen[0]);
    for (const watch of odd) assert.equal((await watch.names(101)).at(-1), 'DELETED m7');
    for (const watch of tables) assert.deepEqual(await columnsOf(watch, 202), [true, ...Array(201).fill(false)]);
    for (const watch of [...all, ...odd, ...tables]) watch[Symbol.dispose]();
  });

  it('leaves the connection of a watch that has ended to the next request', async () => {
    const path = `${await test.namespace('reused')}/configmaps`;
    await api.create(path, configMap('there'));
    const head = 'HTTP/1.1\r\nhost: x\r\n\r\n';
    const answers = await api.raw(`GET ${path}?watch=1&timeoutSeconds=1 ${head}GET ${path}/there ${head}`, 3000);
    assert.equal(answers.match(/HTTP\/1\.1 200/g)?.length, 2);
    assert.match(answers, /"type":"ADDED".*\n\r\n0\r\n\r\nHTTP\/1\.1 200 /s);
  });

  it('is answered without chunks by HTTP/1.0', async () => {
    const path = `${await test.namespace('old')}/configmaps`;
    await api.create(path, configMap('there'));
    const answer = await api.raw(`GET ${path}?watch=1&timeoutSeconds=1 HTTP/1.0\r\n\r\n`, 3000);
    assert.match(answer, /\r\n\r\n\{"type":"ADDED",[^\n]+\}\n$/);
  });
});

describe('a watch that begins with many objects', () => {
  it('sends all of them, then their end, then what happened meanwhile', async () => {
    const path = `${await test.namespace('many')}/configmaps`;
    await fill(path, OBJECTS);
    using watch = await api.watch(
      `${path}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    await api.patch(`${path}/m00000`, 'merge', { data: { text: 'new' } });
    const names = await watch.names(OBJECTS + 2);
    assert.deepEqual([names[0], names[OBJECTS - 1]], ['ADDED m00000', `ADDED m0${OBJECTS - 1}`]);
    assert.deepEqual(names.slice(OBJECTS), ['BOOKMARK ', 'MODIFIED m00000']);
  });

  it('does not hold them for a client that does not read, and goes on when it does', async () => {
    const path = '/api/v1/namespaces/many/configmaps';
    const socket = await api.socket();
    socket.pause();
    socket.write(`GET ${path}?watch=1 HTTP/1.1\r\nhost: x\r\n\r\n`);
    for (let at = 0; at < 20; at++) await api.get(`${path}/m00001`);
    await api.create(path, configMap('last'));
    const { promise, resolve } = Promise.withResolvers<void>();
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.includes('"name":"last"')) resolve();
    });
    socket.resume();
    await promise;
    socket.destroy();
    assert.equal(text.match(/\{"type":"ADDED"/g)?.length, OBJECTS + 1);
  });
});

async function columnsOf(watch: WatchProbe, count: number): Promise<boolean[]> {
  const found: boolean[] = [];
  while (found.length < count) {
    const { object } = await watch.next<{ columnDefinitions: unknown[] }>();
    found.push(object.columnDefinitions.length > 0);
  }
  return found;
}
