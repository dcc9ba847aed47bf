/** What takes the disk, and taking it away: docker's command line and ours say the same, and it adds up with du(1). */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { missing, TestDaemon } from '../../lib/daemon.ts';

const DOCKER = process.env.HAKO_TEST_DOCKER ?? 'docker';
const HAKO = join(import.meta.dirname, '../../../hako');
const noDocker = spawnSync(DOCKER, ['--version']).error && 'needs the docker CLI (HAKO_TEST_DOCKER names it)';
const skip = missing() ?? noDocker ?? false;

let daemon: TestDaemon;

before(async () => {
  if (skip === false) daemon = await TestDaemon.start();
});
after(async () => {
  if (skip === false) await daemon[Symbol.asyncDispose]();
});

async function run(program: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await daemon.client(program, args);
  assert.equal(code, 0, `${program} ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}
const docker = (...args: string[]) => run(DOCKER, ...args);

/** An image of one file with that many bytes. */
async function importFile(bytes: number, ...args: string[]): Promise<string> {
  const folder = join(daemon.folder, `file-${bytes}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'data'), Buffer.alloc(bytes, 'x'));
  execFileSync('tar', ['-C', folder, '-cf', `${folder}.tar`, '.']);
  return docker('import', ...args.slice(0, -1), `${folder}.tar`, ...args.slice(-1).filter(Boolean));
}

function diskBytes(...path: string[]): number {
  return Number(execFileSync('du', ['-s', '-B1', join(daemon.root, ...path)], { encoding: 'utf8' }).split('\t')[0]);
}

/** Images and the layers below them; the folder that stands in for what every container has belongs to none. */
function imageBytes(): number {
  return diskBytes('content') + diskBytes('snapshots') - diskBytes('snapshots', 'base');
}

/** Times differ by the moment between two calls, and with their width the columns. */
function settled(text: string): string {
  return text.replaceAll(/(\d+ seconds?|Less than a second|About a minute)( ago)?/g, 'AGO').replaceAll(/ {2,}/g, '  ');
}

test('df, its templates and -v: both command lines say the same', { skip }, async () => {
  await importFile(300_000, '-c', 'LABEL kind=one', '');
  await docker('tag', 'bb:1', 'second/name:2');
  await docker(
    'run',
    '-d',
    '--name',
    'writer',
    '--network',
    'none',
    '-v',
    'chest:/v',
    '-v',
    '/any',
    'bb:1',
    'sh',
    '-c',
    'head -c 70000 /dev/zero > /own; head -c 30000 /dev/zero > /v/own; sleep 1000',
  );
  await docker('run', '--name', 'idle', '--network', 'none', 'bb:1', 'sh', '-c', 'head -c 5000 /dev/zero > /own');
  await docker('volume', 'create', 'unused');
  const rows =
    '{{range .Images}}{{.Repository}}:{{.Tag}} {{.ID}} {{.SharedSize}} {{.UniqueSize}} {{.Containers}};{{end}}' +
    '{{range .Containers}}{{.Names}} {{.Size}} {{.LocalVolumes}};{{end}}{{range .Volumes}}{{.Name}} {{.Links}} {{.Size}};{{end}}';
  const calls = [
    [],
    ['--format', 'table'],
    ['--format', 'table {{.Type}}\\t{{.Reclaimable}}'],
    ['--format', '{{.Type}}|{{.TotalCount}}|{{.Active}}|{{.Size}}|{{.Reclaimable}}'],
    ['-v'],
    ['-v', '--format', rows],
  ];
  for (const args of calls) {
    const [theirs, ours] = [await docker('system', 'df', ...args), await run(HAKO, 'system', 'df', ...args)];
    assert.equal(settled(ours), settled(theirs), `system df ${args.join(' ')}`);
  }
  const value = (text: string) => JSON.parse(text) as Record<string, Record<string, unknown>[]>;
  const [theirs, ours] = [
    value(await docker('system', 'df', '-v', '--format', 'json')),
    value(await run(HAKO, 'system', 'df', '-v', '--format', 'json')),
  ];
  for (const [kind, keys] of [
    ['Images', ['ID', 'Tag', 'Size', 'VirtualSize', 'UniqueSize']],
    ['Containers', ['ID', 'Size', 'Names']],
    ['Volumes', ['Name', 'Links', 'Size', 'Mountpoint', 'Labels']],
  ] as const) {
    const picked = (rows: Record<string, unknown>[] | undefined) => rows?.map((row) => keys.map((key) => row[key]));
    assert.deepEqual(picked(ours[kind]), picked(theirs[kind]), kind);
  }
});

test('the figures are those of du, and what a prune says is what became free', { skip }, async () => {
  const usage = () =>
    daemon.api.ok<{
      LayersSize: number;
      Containers: { Names: string[]; SizeRw: number }[];
      Volumes: { Name: string; UsageData: { Size: number } }[];
    }>('GET', '/system/df');
  const before = await usage();
  assert.equal(before.LayersSize, imageBytes());
  const chest = before.Volumes.find(({ Name }) => Name === 'chest');
  assert.equal(chest?.UsageData.Size, 30_000);
  assert.equal(before.Containers.find(({ Names }) => Names[0] === '/writer')?.SizeRw, 70_000);
  const { SpaceReclaimed } = await daemon.api.ok<{ SpaceReclaimed: number }>('POST', '/images/prune');
  assert.equal((await usage()).LayersSize, before.LayersSize - SpaceReclaimed);
  assert.equal((await usage()).LayersSize, imageBytes());
  assert.ok(SpaceReclaimed > 300_000);
});

test('image prune takes what its filters leave: until, label, label!, dangling, -a', { skip }, async () => {
  const ids = {
    plain: await importFile(1001, ''),
    kept: await importFile(1002, '-c', 'LABEL keep=yes', ''),
    other: await importFile(1003, '-c', 'LABEL keep=no', ''),
    named: await importFile(1004, '-c', 'LABEL keep=yes', 'named:1'),
  };
  const left = async () => {
    const all = (await docker('images', '-aq', '--no-trunc')).split('\n');
    return Object.entries(ids).flatMap(([name, id]) => (all.includes(id) ? [name] : []));
  };
  const prune = (...args: string[]) => docker('image', 'prune', '-f', ...args);
  assert.match(await prune('--filter', 'until=1h'), /^Total reclaimed space: 0B$/);
  assert.match(await prune('--filter', 'label=nothing'), /^Total reclaimed space: 0B$/);
  assert.deepEqual(await left(), ['plain', 'kept', 'other', 'named']);
  await prune('--filter', 'label!=keep');
  assert.deepEqual(await left(), ['kept', 'other', 'named']);
  await prune('--filter', 'label=keep=no', '--filter', 'until=0s');
  assert.deepEqual(await left(), ['kept', 'named']);
  const all = await run(HAKO, 'image', 'prune', '-af', '--filter', 'label=keep=yes');
  assert.match(all, /^Deleted Images:\n(.*\n)*untagged: named:1\n/);
  assert.match(all, new RegExp(`deleted: ${ids.named}\n`));
  assert.equal(all.match(/^deleted: /gm)?.length, 4, 'two images with a layer each');
  assert.deepEqual(await left(), []);
  assert.match(await docker('images', '-q'), /\w{12}/, 'what containers use stays');
  for (const [filter, message] of [
    ['nope=1', "invalid filter 'nope'"],
    ['dangling=false', "invalid filter 'dangling="],
    ['until=never', 'until'],
  ] as const)
    for (const program of [DOCKER, HAKO]) {
      const { code, stderr } = await daemon.client(program, ['image', 'prune', '-f', '--filter', filter]);
      assert.deepEqual([code, stderr.includes(message)], [1, true], `${program}: ${stderr}`);
    }
});

test('system prune asks, refuses before it begins, and takes every kind', { skip }, async () => {
  const { stderr, code } = await daemon.client(HAKO, ['system', 'prune', '-a', '--filter', 'label=x'], 'n\n');
  assert.equal(code, 0);
  assert.match(stderr, /all stopped containers[\s\S]*Only what matches:\n {2}- label=x/);
  for (const program of [DOCKER, HAKO]) {
    const refused = await daemon.client(program, ['system', 'prune', '-f', '--volumes', '--filter', 'until=0s']);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /until.*--volumes/);
  }
  assert.match(await docker('ps', '-a', '--format', '{{.Names}}'), /idle/, 'nothing went before it was refused');
  await docker('network', 'create', 'empty');
  const text = await run(HAKO, 'system', 'prune', '-af', '--volumes');
  assert.match(text, /Deleted Containers:\n\w{64}\n\nDeleted Networks:\nempty\n/);
  assert.match(text, /Total reclaimed space: \d/);
  await docker('rm', '-f', 'writer');
  await docker('system', 'prune', '-af', '--volumes');
  await docker('volume', 'prune', '-af');
  assert.deepEqual((await docker('system', 'df', '--format', '{{.TotalCount}}')).split('\n'), ['0', '0', '0', '0']);
});
