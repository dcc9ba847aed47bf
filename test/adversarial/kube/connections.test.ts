/** Hostile connections: requests within requests, refused tunnels, clients that take their time. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as tcp } from 'node:net';
import { before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { TestCluster } from '../../lib/kube.ts';
import { makeHere, maps, serves } from './support/serves.ts';

const { api } = forAllTests(await TestCluster.start());
const nobody = forAllTests(api.as({ anonymous: true }));

before(() => makeHere(api));

describe('HTTP', () => {
  const head = `POST ${maps} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`;

  it('a body with both lengths is refused and the connection closed: nothing is smuggled', async () => {
    const smuggled = `GET ${maps}/here HTTP/1.1\r\nhost: x\r\n\r\n`;
    const answer = await api.raw(`${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`);
    assert.doesNotMatch(answer, /"name":"here"/);
  });

  it('two lengths are refused', async () => {
    assert.match(await api.raw(`${head}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`), /^(HTTP\/1\.1 400|$)/);
  });

  it('a length that is no number is refused', async () => {
    for (const length of ['-1', '1e3', '0x10', '+2']) {
      assert.match(await api.raw(`${head}content-length: ${length}\r\n\r\n{}`), /^(HTTP\/1\.1 400|$)/);
    }
  });

  it('a body shorter than announced makes nothing', async () => {
    await api.raw(`${head}content-length: 1000\r\n\r\n{"metadata":{"name":"short"}}`, 300);
    assert.equal((await api.call('GET', `${maps}/short`)).code, 404);
    await serves(api);
  });

  it('obscured transfer encodings are refused', async () => {
    for (const encoding of ['xchunked', 'chunked, identity', ' chunked\r\n x: y', 'chunked\r\ntransfer-encoding: x']) {
      const answer = await api.raw(
        `${head}transfer-encoding: ${encoding}\r\n\r\n0\r\n\r\nGET ${maps}/here HTTP/1.1\r\nhost: x\r\n\r\n`,
      );
      assert.doesNotMatch(answer, /"name":"here"/, encoding);
    }
  });

  it('headers above the limit are refused', async () => {
    assert.doesNotMatch(
      await api.raw(`GET /version HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(200_000)}\r\n\r\n`),
      /^HTTP\/1\.1 200/,
    );
    await serves(api);
  });

  it('a warning cannot break out of its header', async () => {
    const body = '{"metadata":{"name":"warned"},"evil\\r\\nset-cookie: a=b\\"":1}';
    const answer = await api.call('POST', maps, { body });
    assert.equal(answer.headers['set-cookie'], undefined);
    assert.ok([201, 400].includes(answer.code), answer.text);
  });

  it('methods that nobody knows are refused', async () => {
    for (const method of ['TRACE', 'PROPFIND', 'OPTIONS']) {
      const { code } = await api.call(method, `${maps}/here`);
      assert.ok([403, 405, 404].includes(code), `${method}: ${code}`);
    }
  });

  it('a method override header changes nothing', async () => {
    await api.call('POST', maps, { body: {}, headers: { 'x-http-method-override': 'DELETE' } });
    await serves(api);
  });
});

describe('refused upgrades', () => {
  const upgrade = (path: string, extra = '') =>
    `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n` +
    `sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: v5.channel.k8s.io\r\n${extra}\r\n`;

  it('end the connection: what follows is no request', async () => {
    const answer = await api.raw(
      `${upgrade('/api/v1/namespaces/default/pods/none/exec?command=x')}GET ${maps}/here HTTP/1.1\r\nhost: x\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 4\d\d /);
    assert.doesNotMatch(answer, /"name":"here"/);
    assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1);
  });

  it('to a plain resource end the connection or are served as plain requests, one answer each', async () => {
    const answer = await api.raw(`${upgrade(maps)}junk`);
    assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1);
    assert.doesNotMatch(answer, /^HTTP\/1\.1 101/);
  });

  it('of those without rights are 401 or 403', async () => {
    assert.match(
      await nobody.raw(upgrade('/api/v1/namespaces/default/pods/none/exec?command=x')),
      /^HTTP\/1\.1 40[13] /,
    );
  });

  it('are closed also for clients that do not close', async () => {
    const host = nobody.url.hostname;
    const port = Number(nobody.url.port);
    const socket = connect({ socket: tcp({ host, port, allowHalfOpen: true }), rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.on('error', () => undefined).resume();
    socket.write(upgrade('/api/v1/namespaces/default/pods/none/exec?command=x'));
    await once(socket, 'end');
    // Whoever writes to a closed connection is told so.
    const drip = setInterval(() => socket.write('x'), 10);
    const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
    socket.on('close', () => resolve());
    const late = setTimeout(() => reject(new Error('the connection is still open')), 5_000);
    await closed.finally(() => {
      clearInterval(drip);
      clearTimeout(late);
      socket.destroy();
    });
    await serves(api);
  });

  it('from pages of other sites are 403', async () => {
    for (const origin of [
      'https://evil.example',
      'null',
      'https://127.0.0.1.evil.example',
      'https://user@127.0.0.1:1/',
    ]) {
      const answer = await api.raw(
        upgrade('/api/v1/namespaces/default/pods/none/exec?command=x', `origin: ${origin}\r\n`),
      );
      assert.match(answer, /^HTTP\/1\.1 403 /, origin);
    }
  });

  it('to another protocol than is known are no tunnel', async () => {
    const request = `GET /api/v1/namespaces/default/pods/none/exec HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`;
    assert.doesNotMatch(await api.raw(request), /^HTTP\/1\.1 101/);
  });
});

describe('slow clients', () => {
  it('with half a head or half a body keep nobody waiting', async () => {
    const sockets = await Promise.all(Array.from({ length: 50 }, () => api.socket()));
    for (const [index, socket] of sockets.entries()) {
      socket.write(
        index % 2 === 0 ? 'GET /api/v1/name' : `POST ${maps} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{`,
      );
    }
    await serves(api);
    for (const socket of sockets) socket.destroy();
    await serves(api);
  });

  it('a watcher that does not read is cut off, and does not cost memory', async () => {
    await api.create(maps, { metadata: { name: 'noise' }, data: {} });
    const socket = await api.socket();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    socket.on('close', () => resolve());
    socket.write(`GET ${maps}?watch=true HTTP/1.1\r\nhost: x\r\n\r\n`);
    await once(socket, 'readable');
    const text = 'x'.repeat(900_000);
    for (let index = 0; index < 30; index++)
      await api.patch(`${maps}/noise`, 'merge', { data: { v: `${index}${text}` } });
    // Reading again shows the end: the server has long given the connection up.
    socket.resume();
    await closed;
    await serves(api);
  });
});
