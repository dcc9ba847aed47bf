import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { eventually } from '../../lib/wait.ts';
import { missing, startDaemon, type TestDaemon } from './support/daemon.ts';

const skip = missing();
let daemon: TestDaemon;
before(async () => {
  if (skip === undefined) daemon = await startDaemon();
});
after(async () => daemon?.[Symbol.asyncDispose]());

test('run passes output, input and the exit code on', { skip }, async () => {
  const both = await daemon.docker('run', '--rm', 'bb:1', 'sh', '-c', 'echo out; echo err >&2; exit 7');
  assert.deepEqual(both, { code: 7, stdout: 'out\n', stderr: 'err\n' });
  const piped = await daemon.dockerWithInput('one\ntwo\n', 'run', '--rm', '-i', 'bb:1', 'wc', '-l');
  assert.deepEqual([piped.code, piped.stdout.trim()], [0, '2']);
  assert.equal(await daemon.ok('ps', '-aq'), '');
});

test('run moves megabytes through without loss', { skip }, async () => {
  const input = Buffer.alloc(3_000_000, 'x');
  const { code, stdout } = await daemon.dockerWithInput(input, 'run', '--rm', '-i', 'bb:1', 'cat');
  assert.deepEqual([code, stdout.length], [0, input.length]);
});

test('run ends with 125, 126, 127 and 128 + signal as docker does', { skip }, async () => {
  const codes = [
    [125, ['run', '--rm', '--memory', '1m', 'bb:1', 'true']],
    [125, ['run', '--rm', 'no-such-image', 'true']],
    [126, ['run', '--rm', 'bb:1', '/etc']],
    [127, ['run', '--rm', 'bb:1', 'no-such-program']],
    [137, ['run', '--rm', '--init', 'bb:1', 'sh', '-c', 'kill -9 $$']],
    [143, ['run', '--rm', '--init', 'bb:1', 'sh', '-c', 'kill -TERM $$']],
  ] as const;
  for (const [code, args] of codes) assert.equal((await daemon.docker(...args)).code, code, args.join(' '));
});

test('run -it gives a terminal of the size of the client', { skip }, async () => {
  const { code, stdout } = await daemon.onTerminal(
    'stty rows 33 cols 77; docker run -it --rm bb:1 sh -c "tty; sleep 0.3; stty size; exit 3"',
  );
  assert.equal(code, 3);
  assert.match(stdout, /\/dev\/(pts\/\d+|console)/);
  assert.match(stdout, /33 77/);
});

test('detach keys leave the container running', { skip }, async () => {
  const { stdout } = await daemon.onTerminal('docker run -it --name detached bb:1 sh', [
    [/# /, 'echo typed-$((40+2))\r'],
    [/typed-42/, '\x10\x11'],
  ]);
  assert.match(stdout, /typed-42/);
  assert.equal(await daemon.ok('inspect', '-f', '{{.State.Running}}', 'detached'), 'true');
  await daemon.ok('rm', '-f', 'detached');
});

test('run takes environment, working directory, user, hostname and mounts', { skip }, async () => {
  const flags = '--rm -e A=1 -e B=two -w /tmp -u 65534 --hostname ark -v seeded:/data'.split(' ');
  const script = 'echo $A $B; pwd; id -u; hostname; cat /data/seed';
  const output = await daemon.ok('run', ...flags, 'bb:1', 'sh', '-c', script);
  assert.equal(output, '1 two\n/tmp\n65534\nark\nfrom the image');
  await daemon.ok('volume', 'rm', 'seeded');
  const readOnly = await daemon.docker('run', '--rm', '-v', `${daemon.folder}:/ro:ro`, 'bb:1', 'touch', '/ro/x');
  assert.match(readOnly.stderr, /Read-only file system/);
});

test('run -d prints the id, writes the cid file, and --rm removes it at the end', { skip }, async () => {
  const cid = `${daemon.folder}/cid`;
  const id = await daemon.ok('run', '-d', '--rm', '--cidfile', cid, 'bb:1', 'sleep', '100');
  assert.equal(readFileSync(cid, 'utf8'), id);
  assert.match(await daemon.ok('ps', '--format', '{{.ID}} {{.Status}}'), new RegExp(`^${id.slice(0, 12)} Up `));
  await daemon.ok('stop', '-t', '0', id);
  await eventually('removal', async () => (await daemon.ok('ps', '-aq')) === '');
});

test('a published port answers on the host and is shown', { skip }, async () => {
  await daemon.ok('run', '-d', '--name', 'web', '-p', '127.0.0.1::80', 'bb:1', 'httpd', '-f', '-h', '/data');
  const address = await daemon.ok('port', 'web', '80/tcp');
  assert.match(address, /^127\.0\.0\.1:\d+$/);
  await eventually(
    'an answer',
    async () => (await fetch(`http://${address}/seed`).catch(() => undefined))?.ok === true,
  );
  assert.match(await daemon.ok('ps', '--format', '{{.Ports}}'), new RegExp(`${address}->80/tcp`));
  await daemon.ok('rm', '-f', 'web');
});

test('create, start -a, attach, wait, kill, pause and rename work one after the other', { skip }, async () => {
  await daemon.ok('create', '--name', 'one', '-i', 'bb:1', 'cat');
  const started = await daemon.dockerWithInput('through\n', 'start', '-ai', 'one');
  assert.deepEqual([started.code, started.stdout], [0, 'through\n']);
  await daemon.ok('rename', 'one', 'two');
  await daemon.ok('run', '-d', '--name', 'sleeper', 'bb:1', 'sleep', '100');
  await daemon.ok('pause', 'sleeper');
  assert.match(await daemon.ok('ps', '--format', '{{.Status}}'), /^Up .* \(Paused\)$/);
  await daemon.ok('unpause', 'sleeper');
  const waiting = daemon.docker('wait', 'sleeper');
  await daemon.ok('kill', '-s', 'KILL', 'sleeper');
  assert.equal((await waiting).stdout.trim(), '137');
  await daemon.ok('rm', 'two', 'sleeper');
});
