import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { after, afterEach, before, describe, it } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import { isHakoError } from '#base';
import { copyImage } from '../copy/copy.ts';
import { FakeRegistry } from '../testing/fake-registry.ts';
import { FAST_RETRY } from '../testing/remote-fixture.ts';
import { Agents, DEFAULT_TLS } from './agents.ts';
import { exchange } from './exchange.ts';
import { Proxies } from './proxy.ts';

const HAKO = join(import.meta.dirname, '../../../../hako');
const PROXY = 'http://proxy.example:3128/';

describe('the proxy of an address', () => {
  const proxied = (env: Record<string, string>, url: string) => new Proxies(env).of(new URL(url))?.href;

  it('is that of its scheme, by large or small letters, also without a scheme of its own', () => {
    assert.equal(proxied({ HTTPS_PROXY: PROXY }, 'https://reg.example'), PROXY);
    assert.equal(proxied({ https_proxy: 'proxy.example:3128' }, 'https://reg.example'), PROXY);
    assert.equal(proxied({ HTTP_PROXY: PROXY, https_proxy: '' }, 'https://reg.example'), undefined);
    assert.equal(proxied({ http_proxy: PROXY }, 'http://reg.example'), PROXY);
    assert.equal(proxied({}, 'https://reg.example'), undefined);
  });

  it('is none for this machine', () => {
    for (const host of ['localhost:5000', '127.0.0.1', '[::1]:5000'])
      assert.equal(proxied({ HTTPS_PROXY: PROXY }, `https://${host}`), undefined, host);
  });

  it('is none for what NO_PROXY names', () => {
    const cases: [exceptions: string, direct: string[], through: string[]][] = [
      ['*', ['reg.example', '10.0.0.1'], []],
      ['example.com', ['example.com', 'reg.example.com', 'EXAMPLE.com:5000'], ['notexample.com', 'example.com.org']],
      ['.example.com, other.org', ['reg.example.com', 'other.org'], ['example.com', 'other.com']],
      ['*.example.com', ['reg.example.com'], ['example.com', 'example.org']],
      ['reg.example:5000', ['reg.example:5000'], ['reg.example', 'reg.example:5001']],
      ['reg.example:443', ['reg.example'], ['reg.example:5000']],
      ['10.0.0.0/8,192.168.1.7', ['10.1.2.3:5000', '192.168.1.7'], ['11.0.0.1', '192.168.1.8', 'a10.0.0.1.example']],
      ['192.168.1.7:5000,fd00::/8,[fe80::1]:443', ['192.168.1.7:5000', '[fd00::1]', '[fe80::1]'], ['192.168.1.7']],
      ['10.0.0.0/99,,bad entry', [], ['10.0.0.1', 'reg.example']],
    ];
    for (const [NO_PROXY, direct, through] of cases) {
      const env = { HTTPS_PROXY: PROXY, no_proxy: NO_PROXY };
      for (const host of direct) assert.equal(proxied(env, `https://${host}`), undefined, `${NO_PROXY}: ${host}`);
      for (const host of through) assert.equal(proxied(env, `https://${host}`), PROXY, `${NO_PROXY}: ${host}`);
    }
  });

  it('is refused where it is of a kind that we cannot use, without telling its password', () => {
    for (const address of ['socks5://u:secret@proxy.example', 'http://u:secret@ proxy'])
      assert.throws(
        () => proxied({ HTTPS_PROXY: address }, 'https://reg.example'),
        (error: unknown) =>
          isHakoError(error, 'failed_precondition') &&
          /^HTTPS_PROXY .*: write http:\/\/HOST:PORT/.test(error.message) &&
          !error.message.includes('secret'),
      );
  });
});

describe('a registry that only a proxy reaches', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hako-proxy-'));
  let registry: FakeRegistry;
  let front: Server;
  let proxy: Server;
  let secureProxy: Server;
  /** What went through the proxy. */
  const seen: string[] = [];
  /** What the proxy refuses with; undefined where it works. */
  let refusal: string | undefined;
  /** What the proxy says instead of all else, and then no more. */
  let lastWords: string | undefined;
  const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
  const settings = { certsDirs: [join(folder, 'certs.d')], retry: FAST_RETRY };
  const copy = (name: string, more = {}) =>
    copyImage(`docker://${name}`, `oci:${mkdtempSync(join(folder, 'to-'))}:1`, {
      credentialsFor: async () => undefined,
      settings: { ...settings, ...more },
    });

  function tunnel({ url, headers }: IncomingMessage, socket: Socket): void {
    seen.push(`CONNECT ${url} ${headers['proxy-authorization'] ?? ''}`);
    if (lastWords !== undefined) {
      socket.write(lastWords);
      return;
    }
    if (refusal !== undefined || url !== 'registry.test:443') {
      socket.end(`HTTP/1.1 ${refusal ?? '502 Bad Gateway'}\r\n\r\n`);
      return;
    }
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    joined(socket, connect(portOf(front), '127.0.0.1'));
  }

  before(async () => {
    registry = await FakeRegistry.start();
    registry.addImage('app:1', [randomBytes(100_000)]);
    const cert = makeCertificate(join(folder, 'certs.d', 'registry.test'));
    const back = Number(registry.host.split(':')[1]);
    front = createTlsServer(cert, (socket) => joined(socket, connect(back, '127.0.0.1'))) as unknown as Server;
    await once(front.listen(0, '127.0.0.1'), 'listening');
    proxy = createServer((incoming, response) => {
      seen.push(`${incoming.method} ${incoming.url}`);
      const { pathname } = new URL(incoming.url ?? '');
      const options = { port: back, method: incoming.method, path: pathname, headers: incoming.headers };
      const outgoing = request(options, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
      incoming.pipe(outgoing);
    });
    secureProxy = createHttpsServer(cert);
    for (const each of [proxy, secureProxy]) {
      each.on('connect', tunnel);
      await once(each.listen(0, '127.0.0.1'), 'listening');
    }
  });
  afterEach(() => {
    seen.length = 0;
    refusal = undefined;
    lastWords = undefined;
    for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']) delete process.env[name];
  });
  after(async () => {
    for (const server of [front, proxy, secureProxy]) server.close();
    for (const server of [proxy, secureProxy]) server.closeAllConnections();
    await registry[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  it('is reached by CONNECT, with the password of the proxy', async () => {
    process.env.HTTPS_PROXY = `http://anna:secret@127.0.0.1:${portOf(proxy)}`;
    await copy('registry.test/app:1');
    const basic = Buffer.from('anna:secret').toString('base64');
    assert.ok(seen.length > 0 && seen.every((line) => line === `CONNECT registry.test:443 Basic ${basic}`));
  });

  it('is reached through a proxy with TLS whose authority the machine trusts', async () => {
    const target = join(folder, 'through-tls');
    const address = `https://127.0.0.1:${portOf(secureProxy)}`;
    const env = { ...process.env, HTTPS_PROXY: address, SSL_CERT_FILE: join(folder, 'certs.d/registry.test/ca.crt') };
    const copying = ['image', 'copy', '-q', 'docker://registry.test/app:1', `oci:${target}:1`];
    await promisify(execFile)(HAKO, copying, { env });
    assert.ok(seen.length > 0 && seen.every((line) => line.startsWith('CONNECT registry.test:443')));
  });

  it('is reached by whole addresses where it has plain HTTP', async () => {
    process.env.HTTP_PROXY = `http://127.0.0.1:${portOf(proxy)}`;
    await copy('plain.test/app:1', { insecureRegistries: ['plain.test'] });
    assert.ok(seen.includes('GET http://plain.test/v2/app/manifests/1'), seen.join('\n'));
  });

  it('is not asked through the proxy where NO_PROXY says so, and the error says what to do', async () => {
    process.env.HTTPS_PROXY = `http://127.0.0.1:${portOf(proxy)}`;
    process.env.NO_PROXY = 'test';
    await assert.rejects(
      copy('registry.test/app:1'),
      /cannot reach https:\/\/registry\.test: .*name right.*set HTTPS_PROXY and NO_PROXY.*\/etc\/hako\/certs\.d\/HOST\/hosts\.toml/,
    );
    assert.deepEqual(seen, []);
  });

  it('cannot be reached: the error names the proxy, what it said, and no password', async () => {
    process.env.HTTPS_PROXY = `http://anna:secret@127.0.0.1:${portOf(proxy)}`;
    refusal = '407 Proxy Authentication Required';
    const through = `cannot reach https://registry\\.test through the proxy http://127\\.0\\.0\\.1:${portOf(proxy)}`;
    const advice = '\\(HTTPS_PROXY names it; NO_PROXY=registry\\.test goes without\\)';
    await assert.rejects(
      copy('registry.test/app:1'),
      new RegExp(`${through}: it answers 407 Proxy Authentication Required ${advice}$`),
    );
    process.env.HTTPS_PROXY = 'http://anna:secret@127.0.0.1:1';
    await assert.rejects(
      copy('registry.test/app:1'),
      /through the proxy http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED.*NO_PROXY/,
    );
  });

  it('is given up, with the connection, where the proxy or what is behind it says nothing', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    process.env.HTTPS_PROXY = `http://127.0.0.1:${portOf(proxy)}`;
    for (const words of ['', 'HTTP/1.1 200 OK\r\n\r\n']) {
      lastWords = words;
      for (const isCancelled of [true, false]) {
        const agents = new Agents('https://registry.test', DEFAULT_TLS);
        const cancel = new AbortController();
        const url = new URL('https://registry.test/v2/');
        const asking = exchange({ method: 'GET', url, agents, signal: cancel.signal });
        asking.catch(() => undefined);
        const [, socket] = await once(proxy, 'connect');
        socket.resume();
        if (isCancelled) cancel.abort();
        else t.mock.timers.tick(20_000);
        await assert.rejects(asking, isCancelled ? /was cancelled/ : /does not accept the connection \(HTTPS_PROXY/);
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.on('error', () => undefined).on('end', () => socket.destroy());
        agents[Symbol.dispose]();
        await closed;
      }
    }
  });

  it('of this machine is never asked for through a proxy, and the error has no word of one', async () => {
    process.env.HTTP_PROXY = `http://127.0.0.1:${portOf(proxy)}`;
    await copy(`${registry.host}/app:1`);
    assert.deepEqual(seen, []);
    await assert.rejects(copy('127.0.0.1:1/app:1'), /ECONNREFUSED 127\.0\.0\.1:1 \(is the registry running\?\)$/);
  });
});

/** Both ways; what breaks on one side breaks on the other. */
function joined(one: Socket, other: Socket): void {
  pipeline(one, other, one, () => undefined);
}

/** A certificate of registry.test that `folder`, made here, declares its own authority. */
function makeCertificate(folder: string): { cert: Buffer; key: Buffer } {
  mkdirSync(folder, { recursive: true });
  const [certificate, key] = [join(folder, 'ca.crt'), join(folder, 'server.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=test', '-addext', 'subjectAltName=DNS:registry.test,IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...curve, ...name, ...files], { stdio: 'ignore' });
  return { cert: readFileSync(certificate), key: readFileSync(key) };
}
