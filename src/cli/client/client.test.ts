import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { ApiClient, path } from './api.ts';
import { parseHost, resolveHost } from './host.ts';
import { demultiplex } from './mux.ts';

let cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const work of cleanUp.splice(0)) work();
  cleanUp = [];
});

/** A server that answers raw bytes: each connection is handed to `serve`. */
async function serving(
  serve: (socket: Socket, index: number) => void,
): Promise<{ api: ApiClient; connections: () => number }> {
  const dir = mkdtempSync(join(tmpdir(), 'hako-cli-client-'));
  const socketPath = join(dir, 's');
  let count = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    serve(socket, count++);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  cleanUp.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(dir, { recursive: true });
  });
  return { api: new ApiClient(parseHost(socketPath)), connections: () => count };
}

const answer = (body: string, head = '') => `HTTP/1.1 200 OK\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`;

/** Answers every request (they have no body here) with the same bytes. */
const always = (text: string) => (socket: Socket) => void socket.on('data', () => socket.write(text));

describe('ApiClient', () => {
  it('reads chunked bodies however they are split', async () => {
    const text =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n3;x=y\r\n:1}\r\n0\r\nTrailer: 1\r\n\r\n';
    const { api } = await serving((socket) => {
      socket.on('data', async () => {
        for (const byte of text) {
          socket.write(byte);
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
    });
    assert.deepEqual(await api.get('/x'), { a: 1 });
    assert.deepEqual(await api.get('/x'), { a: 1 });
  });

  it('uses a connection again, and another when the daemon closed it while idle', async () => {
    const { api, connections } = await serving((socket, index) => {
      socket.on('data', () => {
        socket.write(answer('1'));
        if (index === 0 && ++asked === 2) socket.end();
      });
    });
    let asked = 0;
    await api.get('/1');
    await api.get('/2');
    assert.equal(connections(), 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await api.get('/3');
    assert.equal(connections(), 2);
  });

  it('retries a GET whose kept connection breaks under it', async () => {
    let broken = false;
    const { api } = await serving((socket, index) => {
      socket.on('data', () => {
        if (index === 0 && broken) socket.destroy();
        else socket.write(answer('1'));
        broken = true;
      });
    });
    await api.get('/1');
    assert.equal(await api.get('/2'), 1);
  });

  it('does not send a POST twice', async () => {
    let requests = 0;
    const { api } = await serving((socket) => {
      socket.on('data', () => {
        if (++requests === 1) socket.write(answer('1'));
        else socket.destroy();
      });
    });
    await api.get('/1');
    await assert.rejects(() => api.post('/2'), /without an answer/);
    assert.equal(requests, 2);
  });

  it('gives the message of an error answer', async () => {
    const body = '{"message":"No such container: x"}';
    const { api } = await serving(always(`HTTP/1.1 404 Not Found\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
    await assert.rejects(() => api.get('/x'), { message: 'No such container: x', status: 404 });
  });

  it('gives the text of an error answer that is no JSON', async () => {
    const { api } = await serving(always('HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nboom\n'));
    await assert.rejects(() => api.get('/x'), { message: 'boom', status: 500 });
  });

  it('skips interim answers', async () => {
    const { api } = await serving(always(`HTTP/1.1 100 Continue\r\n\r\n${answer('2')}`));
    assert.equal(await api.get('/x'), 2);
  });

  it('takes a connection over and keeps bytes that came with the head', async () => {
    const head = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';
    const { api } = await serving((socket) => {
      socket.once('data', () => {
        socket.write(`${head}early`);
        socket.on('data', (chunk) => socket.write(chunk)).on('end', () => socket.end('bye'));
      });
    });
    const { connection } = await api.hijack('/attach');
    assert.equal(String(await connection.read()), 'early');
    connection.write('ping');
    assert.equal(String(await connection.read()), 'ping');
    connection.socket.end();
    assert.equal(String(await connection.read()), 'bye');
    assert.equal(await connection.read(), undefined);
  });

  it('sends a stream in chunks and reports its failure, not the broken connection', async () => {
    const { api } = await serving((socket) => void socket.resume());
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a');
      throw new Error('disk on fire');
    }
    await assert.rejects(() => api.request('POST', '/load', { stream: failing() }), /disk on fire/);
  });

  it('takes an early error while it still sends', async () => {
    const body = '{"message":"too large"}';
    const { api } = await serving((socket) => {
      socket.once('data', () => socket.write(`HTTP/1.1 413 X\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
    });
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(65_536);
    }
    await assert.rejects(() => api.request('POST', '/load', { stream: endless() }), { message: 'too large' });
  });

  for (const [what, text, message] of [
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n', /does not speak HTTP/],
    ['a body that ends early', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', /middle of its answer/],
    ['a bad chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', /bad chunk size/],
    ['nothing', '', /without an answer/],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { api } = await serving((socket) => void socket.on('data', () => socket.end(text)));
      await assert.rejects(() => api.get('/x'), message);
    });
  }

  it('says how to start a daemon that is not there', async () => {
    const api = new ApiClient(parseHost('unix:///nonexistent/docker.sock'));
    await assert.rejects(() => api.get('/x'), /no daemon is listening on unix:\/\/\/nonexistent.*hako up/);
  });
});

it('names can not leave their place in a path', () => {
  assert.equal(path`/images/${'a.example:5000/b/c:1@sha256:x'}/json`, '/images/a.example:5000/b/c:1@sha256:x/json');
  assert.equal(path`/containers/${'a b\r\nX: y?z#%2e'}/json`, '/containers/a%20b%0D%0AX:%20y%3Fz%23%252e/json');
  assert.throws(() => path`/containers/${''}/json`, /no name/);
  assert.throws(() => path`/containers/${'../images'}/json`, /no name/);
});

it('addresses are unix sockets or tcp', () => {
  assert.deepEqual(parseHost('unix:///a/b').target, { path: '/a/b' });
  assert.deepEqual(parseHost('tcp://[::1]:99').target, { host: '::1', port: 99 });
  assert.deepEqual(parseHost('tcp://host').target, { host: 'host', port: 2375 });
  assert.throws(() => parseHost('ssh://host'), /no address/);
});

it('the daemon is found by flag, environment and settings file, in this order', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hako-cli-host-'));
  cleanUp.push(() => rmSync(dir, { recursive: true }));
  const HAKO_CONFIG = join(dir, 'hako.yaml');
  writeFileSync(HAKO_CONFIG, 'root: /srv/hako\nrun: "/run/other"  # the second daemon\n');
  assert.equal(resolveHost('/flag', { HAKO_CONFIG, HAKO_HOST: '/host' }).text, 'unix:///flag');
  assert.equal(resolveHost('', { HAKO_CONFIG, HAKO_HOST: '/host' }).text, 'unix:///host');
  assert.equal(resolveHost('', { HAKO_CONFIG, HAKO_RUN: '/run/mine' }).text, 'unix:///run/mine/docker.sock');
  assert.equal(resolveHost('', { HAKO_CONFIG }).text, 'unix:///run/other/docker.sock');
  assert.equal(resolveHost('', { HAKO_CONFIG: '/nonexistent' }).text, 'unix:///run/hako/docker.sock');
});

describe('demultiplex', () => {
  const frame = (type: number, data: string) => {
    const header = Buffer.alloc(8);
    header[0] = type;
    header.writeUInt32BE(data.length, 4);
    return Buffer.concat([header, Buffer.from(data)]);
  };
  async function run(bytes: Buffer, step: number): Promise<string> {
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
    }
    let [text, last] = ['', ''];
    for await (const { stream, data } of demultiplex(pieces())) {
      text += stream === last ? data : `<${stream}>${data}`;
      last = stream;
    }
    return text;
  }

  it('splits streams at any boundary, empty frames included', async () => {
    const bytes = Buffer.concat([frame(1, 'ooo'), frame(1, ''), frame(2, 'eee'), frame(1, 'oo')]);
    for (const step of [1, 2, 3, 7, 8, 9, 100])
      assert.equal(await run(bytes, step), '<stdout>ooo<stderr>eee<stdout>oo', `step ${step}`);
  });

  it('throws what the daemon says in a system error frame', async () => {
    await assert.rejects(() => run(frame(3, 'log is gone'), 5), /log is gone/);
  });
});
