/** Nonsense over the wire and over both command lines: docker's status or exit code, words that help, and bounded memory. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, it } from 'node:test';
import { inspect, launch } from '../lib/containers.ts';
import { missing, TestDaemon } from '../lib/daemon.ts';
import { HostGuard } from '../lib/host-guard.ts';

const DOCKER = process.env.HAKO_TEST_DOCKER ?? 'docker';
const hasDocker = spawnSync(DOCKER, ['--version']).status === 0;
const MEGABYTE = 1024 * 1024;
const DAEMON_GROWTH_BYTES = 100 * MEGABYTE;

/** Words of a command line, the exit code of docker, and what the message says. PORT is one that is taken. */
const MISTAKES: readonly (readonly [words: string, code: number, message: RegExp])[] = [
  ['run --no-such-flag bb:1', 125, /unknown flag|no-such-flag/],
  ['run --pull never no-such-image', 125, /No such image|not found/i],
  ['run --pull never --network no-such-net bb:1', 125, /network no-such-net not found/],
  ['run --name taken bb:1', 125, /already in use by container/],
  ['run --rm -p 127.0.0.1:PORT:80 bb:1', 125, /PORT.*(allocated|in use)/],
  ['run --memory=-5m bb:1', 125, /memory|invalid size|negative/i],
  ['run --memory=4k bb:1', 125, /Minimum memory limit/],
  ['run --cpus=-1 bb:1', 125, /cpu/i],
  ['run --restart=perhaps bb:1', 125, /restart/],
  ['run -v /a:/b:/c:/d bb:1', 125, /invalid/],
  ['run --rm -v /proc/hako/a:/b bb:1', 125, /cannot make the folder \/proc\/hako: .*name another place/],
  ['run -p 99999:80 bb:1', 125, /invalid.*port|port.*range/i],
  ['run --user nobody-here bb:1 true', 125, /no users? found|unable to find user/i],
  ['run --rm bb:1 no-such-command', 127, /not found/],
  ['run --rm bb:1 /data', 126, /permission denied|is a directory/i],
  ['run --rm -w relative bb:1', 125, /absolute/],
  ['start no-such', 1, /No such container/],
  ['exec no-such true', 1, /No such container/],
  ['exec taken no-such-command', 127, /not found/],
  ['cp taken:/no/such/path -', 1, /Could not find|no such file/i],
  ['cp /no/such/path taken:/', 1, /no such file|lstat|not exist/i],
  ['rm taken', 1, /running/],
  ['kill --signal NOPE taken', 1, /invalid signal/i],
  ['network rm bridge', 1, /pre-defined/],
  ['volume rm no-such', 1, /no such volume/i],
  ['image rm no-such', 1, /No such image/],
  ['load -i /no/such/file', 1, /no such file|not exist/i],
  ['inspect no-such', 1, /No such object/i],
];

describe('nonsense', { skip: missing() }, () => {
  let daemon: TestDaemon;
  let guard: HostGuard;
  let memoryBefore: number;
  let port: string;
  const memory = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))?.[1]) * 1024;
  before(async () => {
    daemon = await TestDaemon.start();
    guard = new HostGuard(daemon);
    await launch(daemon, 'taken', {
      Cmd: ['sleep', '1000'],
      HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
    });
    port = (await inspect(daemon, 'taken')).NetworkSettings.Ports['80/tcp']?.[0]?.HostPort ?? '';
    memoryBefore = memory();
  });
  afterEach(async () => {
    await guard.check();
    assert.ok(memory() < memoryBefore + DAEMON_GROWTH_BYTES, `the daemon grew to ${memory() / MEGABYTE} MB`);
  });
  after(async () => daemon?.[Symbol.asyncDispose]());

  const clients = hasDocker ? ['hako', DOCKER] : ['hako'];
  for (const client of clients) {
    it(`at the command line of ${client} is answered with docker's exit codes`, async () => {
      const wrong: string[] = [];
      for (const [words, code, message] of MISTAKES) {
        const args = words.replace('PORT', port).split(' ');
        const result = client === 'hako' ? await daemon.hako(...args) : await daemon.client(client, args);
        const expected = new RegExp(message.source.replace('PORT', port), message.flags);
        if (result.code !== code || !expected.test(result.stdout + result.stderr))
          wrong.push(`${words}: ${result.code} ${result.stdout}${result.stderr}`);
      }
      assert.deepEqual(wrong, []);
    });
  }

  it('as a body of 100 MB is refused without being kept', async () => {
    const body = Buffer.alloc(100 * MEGABYTE, 0x20);
    for (const path of [
      '/containers/create',
      '/containers/taken/exec',
      '/networks/create',
      '/containers/taken/update',
    ]) {
      const { status } = await daemon.api.call('POST', path, { body });
      assert.ok(status === 400 || status === 413, `${path}: ${status}`);
    }
  });

  it('as JSON is refused with 400', async () => {
    const bodies = [
      '{',
      '[]',
      'null',
      '"x"',
      '{"Image":1}',
      '{"Image":"bb:1","Cmd":{"a":1}}',
      '\xff\xfe',
      `${'['.repeat(100_000)}`,
      '{"HostConfig":[]}',
      '{"Labels":{"a":1}}',
    ];
    for (const body of bodies) {
      const { status, message } = await daemon.api.call('POST', '/containers/create', { body });
      assert.equal(status, 400, `${body.slice(0, 40)}: ${message}`);
    }
    const typed = await daemon.api.call('POST', '/containers/create', { body: '{}', contentType: 'text/plain' });
    assert.equal(typed.status, 400);
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    assert.ok((await daemon.api.call('POST', '/containers/create', { body: deep })).status < 500);
  });

  it('as bytes on the socket ends that connection only', async () => {
    const garbage = [
      '\0\0\0\0',
      'GET',
      'GET / HTTP/9.9\r\n\r\n',
      `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n',
      'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'GET /_ping HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n',
    ];
    for (const bytes of garbage) {
      const socket = connect(daemon.api.socketPath);
      socket.on('error', () => undefined);
      socket.end(bytes);
      const answer = await text(socket).catch(() => '');
      assert.doesNotMatch(answer, /^HTTP\/1\.1 (2|5)/);
    }
  });

  it('as a thousand connections that say nothing does not shut others out', async () => {
    const sockets = Array.from({ length: 1000 }, () => connect(daemon.api.socketPath).on('error', () => undefined));
    assert.equal(await daemon.api.ok('GET', '/_ping'), 'OK');
    for (const socket of sockets) socket.destroy();
  });

  it('as query parameters is refused with 400 or 404, never 500', async () => {
    const paths = [
      '/containers/json?limit=x',
      '/containers/json?filters=[]',
      '/containers/json?filters={"status":["x"]}',
      '/events?since=x',
      '/containers/taken/logs?stdout=1&tail=x',
      '/containers/taken/logs?stdout=1&since=x',
      '/containers/taken/top?ps_args=;id',
      '/containers/taken/archive',
      '/images/json?filters={"a":1}',
      '/images/search?term=',
      '/networks?filters={"driver":1}',
      '/volumes?filters=x',
      '/%',
      '/v9999.1/info',
      '/v1.41/../etc',
    ];
    for (const path of paths) {
      const signal = AbortSignal.timeout(5000);
      const { status, message } = await daemon.api.call('GET', path.replaceAll('"', '%22'), { signal });
      assert.ok((status >= 200 && status < 500) || status === 501, `${path}: ${status} ${message}`);
    }
    for (const path of [
      '/containers/taken/resize?h=x&w=y',
      '/containers/taken/resize?h=-1&w=99999999999',
      '/containers/taken/stop?t=x',
      '/containers/taken/wait?condition=x',
      '/containers/taken/kill?signal=-9',
      '/containers/taken/rename?name=',
      '/images/create',
      '/images/create?fromSrc=/no/such',
      '/commit',
      '/containers/prune?filters=x',
    ]) {
      const { status, message } = await daemon.api.call('POST', path, { signal: AbortSignal.timeout(5000) });
      assert.ok(status >= 400 && status < 500, `${path}: ${status} ${message}`);
    }
    assert.equal((await inspect(daemon, 'taken')).State.Running, true);
  });
});
