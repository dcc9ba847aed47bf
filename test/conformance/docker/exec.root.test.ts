import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { eventually } from '../../lib/wait.ts';
import { missing, startDaemon, type TestDaemon } from './support/daemon.ts';

const skip = missing();
let daemon: TestDaemon;
before(async () => {
  if (skip !== undefined) return;
  daemon = await startDaemon();
  await daemon.ok('run', '-d', '--name', 'box', '--init', '-e', 'FROM=container', 'bb:1', 'sleep', '1000');
});
after(async () => daemon?.[Symbol.asyncDispose]());

const processes = async () => daemon.ok('top', 'box', '-o', 'pid,args');

test('exec passes output, input, environment and the exit code on', { skip }, async () => {
  const both = await daemon.docker(
    'exec',
    '-e',
    'X=1',
    '-w',
    '/tmp',
    'box',
    'sh',
    '-c',
    'echo $FROM $X; pwd >&2; exit 9',
  );
  assert.deepEqual(both, { code: 9, stdout: 'container 1\n', stderr: '/tmp\n' });
  const piped = await daemon.dockerWithInput('a\nb\nc\n', 'exec', '-i', 'box', 'wc', '-l');
  assert.deepEqual([piped.code, piped.stdout.trim()], [0, '3']);
  assert.equal(await daemon.ok('exec', '-u', 'nobody', 'box', 'id', '-un'), 'nobody');
});

test('exec of what is not there ends with 127, of what is no program with 126', { skip }, async () => {
  assert.equal((await daemon.docker('exec', 'box', 'no-such-program')).code, 127);
  assert.equal((await daemon.docker('exec', 'box', '/etc/passwd')).code, 126);
  assert.equal((await daemon.docker('exec', 'no-such-box', 'true')).code, 1);
});

test('exec -it has a terminal that follows the size of the client', { skip }, async () => {
  const { code, stdout } = await daemon.onTerminal(
    'stty rows 21 cols 66; docker exec -it box sh -c "sleep 0.3; stty size; exit 4"',
  );
  assert.equal(code, 4);
  assert.match(stdout, /21 66/);
});

test('exec -d outlives its client, an attached one goes with it', { skip }, async () => {
  await daemon.ok('exec', '-d', 'box', 'sleep', '777');
  assert.match(await processes(), /sleep 777/);
  using client = daemon.start('exec', 'box', 'sleep', '888');
  await eventually('the process', async () => (await processes()).includes('sleep 888'));
  client.kill('SIGKILL');
  await once(client, 'exit');
  await eventually('its end', async () => !(await processes()).includes('sleep 888'));
  assert.match(await processes(), /sleep 777/);
});

test('exec sessions are listed with the container and tell how they ended', { skip }, async () => {
  using client = daemon.start('exec', '-i', 'box', 'cat');
  await eventually('the exec', async () => (await daemon.ok('inspect', '-f', '{{len .ExecIDs}}', 'box')) !== '0');
  client.stdin?.end();
  assert.deepEqual(await once(client, 'exit'), [0, null]);
});
