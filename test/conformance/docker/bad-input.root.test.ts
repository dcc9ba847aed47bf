import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { missing, startDaemon, type TestDaemon } from './support/daemon.ts';

const skip = missing();
let daemon: TestDaemon;
before(async () => {
  if (skip !== undefined) return;
  daemon = await startDaemon();
  await daemon.ok('run', '-d', '--name', 'box', '-v', 'chest:/v', '-p', '127.0.0.1:0:80', 'bb:1', 'sleep', '1000');
});
after(async () => daemon?.[Symbol.asyncDispose]());

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; message: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; message: string }>();
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const outgoing = request({ socketPath: daemon.socketPath, method, path, headers, agent: false }, (response) => {
    text(response).then((message) => resolve({ status: response.statusCode ?? 0, message }), reject);
  });
  outgoing.on('error', reject);
  outgoing.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
  return promise;
}

const hostConfig = (value: object) => ({ Image: 'bb:1', HostConfig: value });

/** What docker answers with 400 to `POST /containers/create`, and words of its message. */
const REFUSED: readonly (readonly [object | string, RegExp])[] = [
  ['{"Image":', /invalid JSON/],
  [hostConfig({ Memory: -1 }), /Minimum memory limit allowed is 6MB/],
  [hostConfig({ RestartPolicy: { Name: 'bogus' } }), /invalid restart policy/],
  [hostConfig({ PortBindings: { '80/tcp': [{ HostPort: '99999' }] } }), /invalid port specification/],
  [hostConfig({ Binds: ['/tmp:/b', '/usr:/b'] }), /Duplicate mount point: \/b/],
  [hostConfig({ Binds: ['/tmp:b'] }), /mount path must be absolute/],
  [hostConfig({ Binds: ['/tmp:/b:bogus'] }), /invalid mode: bogus/],
  [hostConfig({ Binds: ['a+b:/b'] }), /includes invalid characters for a local volume name/],
  [
    hostConfig({ Mounts: [{ Type: 'bind', Source: '/no/such/path', Target: '/x' }] }),
    /bind source path does not exist/,
  ],
  [hostConfig({ CapAdd: ['NOPE'] }), /unknown capability/],
  [hostConfig({ Runtime: 'bogus' }), /runtime/i],
  [hostConfig({ LogConfig: { Type: 'bogus' } }), /log/i],
  [hostConfig({ SecurityOpt: ['bogus=1'] }), /security-opt/],
  [{ Image: 'bb:1', Env: ['=x'] }, /invalid environment variable/],
  [{ Image: 'bb:1', StopSignal: 'NOPE' }, /invalid signal/i],
  [{ Image: 'bb:1', WorkingDir: 'x' }, /needs to be an absolute path/],
  [{ Image: 'BAD NAME' }, /invalid reference format/],
];

test('containers that cannot be are refused with docker words, and leave nothing', { skip }, async () => {
  for (const [body, words] of REFUSED) {
    const { status, message } = await call('POST', '/containers/create', body);
    assert.match(message, words);
    assert.equal(status, 400, `${JSON.stringify(body)}: ${message}`);
  }
  assert.equal(await daemon.ok('ps', '-a', '--format', '{{.Names}}'), 'box');
  assert.equal(await daemon.ok('volume', 'ls', '-q'), 'chest');
});

/** Method, path, body, status and words of the answer. */
const ANSWERS: readonly (readonly [string, string, unknown, number, RegExp])[] = [
  ['POST', '/containers/create', { Image: 'no-such-image' }, 404, /No such image/],
  ['POST', '/containers/create?name=box', { Image: 'bb:1' }, 409, /already in use by container/],
  ['POST', '/containers/create?name=a%20b', { Image: 'bb:1' }, 400, /Invalid container name/],
  ['POST', '/containers/create', hostConfig({ NetworkMode: 'no-such-net' }), 404, /network no-such-net not found/],
  ['POST', '/containers/no-such/start', undefined, 404, /No such container: no-such/],
  ['POST', '/containers/box/start', undefined, 304, /^$/],
  ['POST', '/containers/box/kill?signal=BOGUS', undefined, 400, /invalid signal/i],
  ['POST', '/containers/box/unpause', undefined, 409, /not paused/],
  ['POST', '/containers/box/rename?name=box', undefined, 400, /same name/],
  ['POST', '/containers/box/update', { Memory: 5 }, 400, /Minimum memory limit/],
  ['POST', '/containers/box/exec', { Cmd: [] }, 400, /No exec command specified/],
  ['POST', '/exec/no-such/start', {}, 404, /No such exec instance/],
  ['GET', '/containers/box/logs', undefined, 400, /choose at least one stream/],
  ['GET', '/containers/box/archive?path=/no/such', undefined, 404, /Could not find the file/],
  ['DELETE', '/containers/box', undefined, 409, /running/],
  ['GET', '/containers/json?filters=%7B', undefined, 400, /invalid filter/],
  ['GET', '/images/no-such/json', undefined, 404, /No such image/],
  ['DELETE', '/images/bb:1', undefined, 409, /container/],
  ['POST', '/images/bb:1/tag?repo=BAD', undefined, 400, /invalid reference format/],
  ['POST', '/commit?container=no-such', undefined, 404, /No such container/],
  ['GET', '/networks/no-such', undefined, 404, /network no-such not found/],
  ['DELETE', '/networks/none', undefined, 403, /pre-defined network/],
  ['POST', '/networks/create', { Name: 'host' }, 403, /host/],
  ['POST', '/networks/create', { Name: 'x', IPAM: { Config: [{ Subnet: 'bad' }] } }, 400, /subnet/i],
  ['GET', '/volumes/no-such', undefined, 404, /get no-such: no such volume/],
  ['DELETE', '/volumes/chest', undefined, 409, /volume is in use/],
  ['POST', '/volumes/create', { Name: 'a b' }, 400, /invalid characters/],
  ['GET', '/v1.10/info', undefined, 400, /too old/],
  ['GET', '/no-such-page', undefined, 404, /page not found/],
];

test('what is wrong is answered with docker statuses', { skip }, async () => {
  for (const [method, path, body, status, words] of ANSWERS) {
    const answer = await call(method, path, body);
    assert.equal(answer.status, status, `${method} ${path}: ${answer.message}`);
    assert.match(answer.message, words);
  }
});

test('a port in use is named, and the container that could not start stays', { skip }, async () => {
  const port = (await daemon.ok('port', 'box', '80/tcp')).split(':')[1];
  const second = await daemon.docker(
    'run',
    '-d',
    '--name',
    'second',
    '-p',
    `127.0.0.1:${port}:80`,
    'bb:1',
    'sleep',
    '9',
  );
  assert.equal(second.code, 125);
  assert.match(second.stderr, new RegExp(`${port}.*(allocated|in use)`));
  assert.equal(await daemon.ok('inspect', '-f', '{{.State.Status}}', 'second'), 'created');
  await daemon.ok('rm', 'second');
});
