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
  await daemon.ok(
    'run',
    '-d',
    '--name',
    'box',
    '-l',
    'tier=back',
    '--memory',
    '64m',
    '--cpus',
    '0.5',
    'bb:1',
    'sleep',
    '1000',
  );
});
after(async () => daemon?.[Symbol.asyncDispose]());

const inspect = async (name: string, format: string) => daemon.ok('inspect', '-f', format, name);

test('inspect shows state, limits, network and layers', { skip }, async () => {
  const [shown] = JSON.parse(await daemon.ok('inspect', 'box'));
  assert.equal(shown.State.Status, 'running');
  assert.ok(shown.State.Pid > 0);
  assert.deepEqual([shown.HostConfig.Memory, shown.HostConfig.NanoCpus], [64 * 1024 * 1024, 500_000_000]);
  assert.match(shown.NetworkSettings.IPAddress, /^\d+\.\d+\.\d+\.\d+$/);
  assert.equal(shown.NetworkSettings.Networks.bridge.IPAddress, shown.NetworkSettings.IPAddress);
  assert.match(shown.GraphDriver.Data.UpperDir, /^\//);
  assert.deepEqual(shown.Config.Labels, { kind: 'test', tier: 'back' });
  assert.equal(await inspect('box', '{{.Config.Image}} {{.Path}} {{.Args}}'), 'bb:1 sleep [1000]');
});

test('ps filters by name, label, status, exit code, ancestor, volume, network and order', { skip }, async () => {
  await daemon.ok('run', '--name', 'gone', '-v', 'kept:/data', 'bb:1', 'true');
  await daemon.docker('run', '--name', 'failed', 'bb:1', 'false');
  const names = async (...filters: string[]) => {
    const args = filters.flatMap((filter) => ['--filter', filter]);
    return (await daemon.ok('ps', '-a', '--format', '{{.Names}}', ...args)).split('\n').sort().join(' ');
  };
  assert.equal(await names('name=^bo'), 'box');
  assert.equal(await names('label=tier'), 'box');
  assert.equal(await names('label=tier=front'), '');
  assert.equal(await names('status=exited'), 'failed gone');
  assert.equal(await names('exited=1'), 'failed');
  assert.equal(await names('ancestor=bb:1'), 'box failed gone');
  assert.equal(await names('volume=kept'), 'gone');
  assert.equal(await names('network=bridge', 'status=running'), 'box');
  assert.equal(await names('since=gone'), 'failed');
  assert.equal(await names('before=gone'), 'box');
  assert.equal(await names('health=none', 'name=box'), 'box');
  assert.equal(await daemon.ok('ps', '-n', '1', '--format', '{{.Names}}'), 'failed');
  assert.match((await daemon.docker('ps', '--filter', 'bogus=1')).stderr, /invalid filter 'bogus'/);
  await daemon.ok('rm', 'gone', 'failed');
});

test('logs keep streams apart, count lines, show times and follow to the end', { skip }, async () => {
  await daemon.ok(
    'run',
    '-d',
    '--name',
    'talker',
    'bb:1',
    'sh',
    '-c',
    'for i in 1 2 3; do echo o$i; echo e$i >&2; sleep 0.1; done; sleep 1; echo end',
  );
  const followed = await daemon.docker('logs', '-f', 'talker');
  assert.deepEqual([followed.stdout, followed.stderr], ['o1\no2\no3\nend\n', 'e1\ne2\ne3\n']);
  assert.equal(await daemon.ok('logs', '--tail', '1', 'talker'), 'end');
  assert.match(await daemon.ok('logs', '-t', '-n', '1', 'talker'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z end$/);
  assert.equal(await daemon.ok('logs', '--since', '2099-01-01T00:00:00Z', 'talker'), '');
  await daemon.ok('rm', 'talker');
});

test('stats, top and diff tell of a running container', { skip }, async () => {
  const format = '{{.Name}} {{.MemUsage}} {{.PIDs}}';
  assert.match(await daemon.ok('stats', '--no-stream', '--format', format, 'box'), /^box .* \/ 64MiB 1$/);
  assert.match(await daemon.ok('top', 'box'), /^UID .*CMD\n.*sleep 1000$/s);
  await daemon.ok('exec', 'box', 'sh', '-c', 'echo x > /new; rm /data/seed; chmod 700 /root');
  const changes = (await daemon.ok('diff', 'box')).split('\n');
  for (const line of ['A /new', 'D /data/seed', 'C /root']) assert.ok(changes.includes(line), `${line} in ${changes}`);
});

test('cp goes both ways, through pipes too', { skip }, async () => {
  await daemon.ok('cp', import.meta.filename, 'box:/tmp/copied.ts');
  const size = await daemon.ok('exec', 'box', 'wc', '-c', '/tmp/copied.ts');
  assert.match(size, /^[1-9]\d+ /);
  await daemon.ok('cp', 'box:/tmp/copied.ts', `${daemon.folder}/back.ts`);
  const tar = await daemon.docker('cp', 'box:/etc/passwd', '-');
  assert.ok(tar.stdout.startsWith('passwd\0'));
  const absent = await daemon.docker('cp', 'box:/no/such', `${daemon.folder}/x`);
  assert.deepEqual([absent.code, /[Cc]ould not find the file/.test(absent.stderr)], [1, true]);
});

test('events come in the order that compose relies on', { skip }, async () => {
  const since = (Date.now() / 1000).toFixed(3);
  await daemon.ok('run', '--name', 'once', 'bb:1', 'true');
  await daemon.ok('rm', 'once');
  await daemon.ok('run', '-d', '--name', 'stopped', 'bb:1', 'sleep', '100');
  await daemon.ok('stop', '-t', '0', 'stopped');
  await daemon.ok('run', '-d', '--name', 'forced', 'bb:1', 'sleep', '100');
  await daemon.ok('rm', '-f', 'forced', 'stopped');
  const until = (Date.now() / 1000).toFixed(3);
  const actionsOf = async (name: string) => {
    const filters = ['--filter', 'type=container', '--filter', `container=${name}`];
    const lines = await daemon.ok('events', '--since', since, '--until', until, '--format', '{{.Action}}', ...filters);
    return lines.replaceAll('\n', ' ');
  };
  assert.equal(await actionsOf('once'), 'create attach start die destroy');
  assert.match(await actionsOf('stopped'), /^create start (kill )+die stop destroy$/);
  assert.equal(await actionsOf('forced'), 'create start kill die destroy');
});

test('a live events client sees what happens and ends with its connection', { skip }, async () => {
  using client = daemon.start('events', '--filter', 'event=rename', '--format', '{{.Actor.Attributes.name}}');
  let seen = false;
  const line = once(client.stdout ?? client, 'data').finally(() => {
    seen = true;
  });
  await eventually('an event', async () => {
    await daemon.ok('rename', 'box', 'box2');
    await daemon.ok('rename', 'box2', 'box');
    return seen;
  });
  client.kill();
  assert.match(String((await line)[0]), /box/);
});

test('update changes limits of a running container', { skip }, async () => {
  await daemon.ok('update', '--memory', '128m', '--memory-swap', '256m', '--restart', 'on-failure:3', 'box');
  assert.equal(
    await inspect('box', '{{.HostConfig.Memory}} {{.HostConfig.RestartPolicy.Name}}'),
    '134217728 on-failure',
  );
  assert.match(await daemon.ok('stats', '--no-stream', '--format', '{{.MemUsage}}', 'box'), /128MiB/);
});

test('a health check and a restart policy do their work', { skip }, async () => {
  await daemon.ok(
    'run',
    '-d',
    '--name',
    'healthy',
    '--health-cmd',
    'test -e /ok',
    '--health-interval',
    '200ms',
    '--health-retries',
    '1',
    'bb:1',
    'sleep',
    '100',
  );
  await eventually('unhealthy', async () => (await inspect('healthy', '{{.State.Health.Status}}')) === 'unhealthy');
  await daemon.ok('exec', 'healthy', 'touch', '/ok');
  await eventually('healthy', async () =>
    /\(healthy\)$/.test(await daemon.ok('ps', '--filter', 'name=healthy', '--format', '{{.Status}}')),
  );
  await daemon.ok('run', '-d', '--name', 'phoenix', '--restart', 'on-failure:2', 'bb:1', 'false');
  await eventually(
    'two restarts',
    async () => (await inspect('phoenix', '{{.RestartCount}} {{.State.Status}}')) === '2 exited',
  );
  await daemon.ok('rm', '-f', 'healthy', 'phoenix');
});

test('system df, info and version answer', { skip }, async () => {
  assert.match(await daemon.ok('system', 'df', '--format', '{{.Type}} {{.TotalCount}}'), /Images 1\nContainers 1\n/);
  assert.equal(
    await daemon.ok('info', '-f', '{{.Swarm.LocalNodeState}} {{.OSType}} {{.ContainersRunning}}'),
    'inactive linux 1',
  );
  assert.equal(await daemon.ok('version', '-f', '{{.Server.APIVersion}}'), '1.51');
});
