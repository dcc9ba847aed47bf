import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { missing, startDaemon, type TestDaemon } from './support/daemon.ts';

const skip = missing();
let daemon: TestDaemon;
before(async () => {
  if (skip === undefined) daemon = await startDaemon();
});
after(async () => daemon?.[Symbol.asyncDispose]());

test('networks are made, joined by name, left and removed', { skip }, async () => {
  await daemon.ok('network', 'create', '--label', 'a=b', 'sea');
  await daemon.ok(
    'run',
    '-d',
    '--name',
    'server',
    '--network',
    'sea',
    '--network-alias',
    'lighthouse',
    'bb:1',
    'sleep',
    '100',
  );
  assert.match(
    await daemon.ok('run', '--rm', '--network', 'sea', 'bb:1', 'ping', '-c1', '-W2', 'lighthouse'),
    /1 packets received/,
  );
  const [network] = JSON.parse(await daemon.ok('network', 'inspect', 'sea'));
  assert.deepEqual([network.Driver, network.Scope, network.Labels], ['bridge', 'local', { a: 'b' }]);
  const [container] = Object.values<{ Name: string; IPv4Address: string }>(network.Containers);
  assert.equal(container?.Name, 'server');
  assert.match(container?.IPv4Address ?? '', /^[\d.]+\/\d+$/);
  const busy = await daemon.docker('network', 'rm', 'sea');
  assert.deepEqual([busy.code, /active endpoints/.test(busy.stderr)], [1, true]);
  await daemon.ok('network', 'connect', 'bridge', 'server');
  assert.equal(await daemon.ok('inspect', '-f', '{{len .NetworkSettings.Networks}}', 'server'), '2');
  await daemon.ok('network', 'disconnect', 'bridge', 'server');
  assert.equal(await daemon.ok('inspect', '-f', '{{len .NetworkSettings.Networks}}', 'server'), '1');
  await daemon.ok('rm', '-f', 'server');
  assert.equal(await daemon.ok('network', 'ls', '--filter', 'type=custom', '--format', '{{.Name}}'), 'sea');
  assert.match(await daemon.ok('network', 'prune', '-f'), /sea/);
  assert.match((await daemon.docker('network', 'rm', 'bridge')).stderr, /pre-defined network/);
});

test('volumes are made, used, refused to be removed while used, and pruned', { skip }, async () => {
  assert.equal(await daemon.ok('volume', 'create', '--label', 'a=b', 'chest'), 'chest');
  await daemon.ok('run', '--rm', '-v', 'chest:/v', 'bb:1', 'sh', '-c', 'echo gold > /v/coin');
  assert.equal(
    await daemon.ok('run', '--name', 'user', '-v', 'chest:/v', '-v', '/anonymous', 'bb:1', 'cat', '/v/coin'),
    'gold',
  );
  const used = await daemon.docker('volume', 'rm', 'chest');
  assert.match(used.stderr, /volume is in use/);
  assert.equal(await daemon.ok('volume', 'ls', '-q', '--filter', 'label=a=b'), 'chest');
  await daemon.ok('rm', 'user');
  assert.doesNotMatch(await daemon.ok('volume', 'prune', '-f'), /chest/);
  assert.match(await daemon.ok('volume', 'prune', '-af'), /chest/);
  assert.equal(await daemon.ok('volume', 'ls', '-q'), '');
});

test('images are tagged, saved, loaded, committed, shown and removed', { skip }, async () => {
  await daemon.ok('tag', 'bb:1', 'other/name:2');
  const tar = `${daemon.folder}/saved.tar`;
  await daemon.ok('save', '-o', tar, 'other/name:2');
  await daemon.ok('rmi', 'other/name:2');
  assert.equal(await daemon.ok('load', '-i', tar), 'Loaded image: other/name:2');
  assert.equal(
    await daemon.ok('images', '--format', '{{.Repository}}:{{.Tag}}', '--filter', 'reference=other/*'),
    'other/name:2',
  );
  assert.equal(
    await daemon.ok('image', 'inspect', '-f', '{{.Os}} {{.Config.Cmd}} {{len .RootFS.Layers}}', 'bb:1'),
    'linux [sh] 1',
  );
  await daemon.ok('run', '--name', 'changed', 'bb:1', 'sh', '-c', 'echo new > /new');
  await daemon.ok('commit', '-m', 'note', '-c', 'CMD ["cat", "/new"]', 'changed', 'bb:2');
  assert.equal(await daemon.ok('run', '--rm', 'bb:2'), 'new');
  const history = (await daemon.ok('history', '-H=false', '--format', '{{.Size}} {{.Comment}}', 'bb:2')).split('\n');
  assert.match(history[0] ?? '', /^[1-9]\d* note$/);
  assert.match(history[1] ?? '', /^[1-9]\d{6} Imported from/);
  await daemon.ok('rm', 'changed');
  await daemon.ok('rmi', 'bb:2', 'other/name:2');
  assert.equal(await daemon.ok('images', '-q', '--filter', 'reference=bb:2'), '');
});

test('pull says which registry cannot be reached', { skip }, async () => {
  const absent = await daemon.docker('pull', 'localhost:1/absent:9');
  assert.equal(absent.code, 1);
  assert.match(absent.stderr, /localhost:1.*refused/i);
});

test('export and import carry a root file system', { skip }, async () => {
  await daemon.ok('create', '--name', 'source', 'bb:1', 'true');
  await daemon.ok('export', '-o', `${daemon.folder}/export.tar`, 'source');
  await daemon.ok('import', '-c', 'CMD ["cat","/data/seed"]', `${daemon.folder}/export.tar`, 'again:1');
  assert.equal(await daemon.ok('run', '--rm', 'again:1'), 'from the image');
  await daemon.ok('rm', 'source');
  await daemon.ok('rmi', 'again:1');
});
