import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { finished, outputOf, Stage } from './hako.ts';

const stage = new Stage();
const { HAKO_RUN: run = '', HAKO_ROOT: root = '' } = stage.env;
const IMAGE = 'e2e:1';

before(async () => {
  await stage.ok('up');
  await stage.importBusybox(IMAGE);
});

after(async () => {
  await stage.run(['down', '--purge', '--force']);
  stage.remove();
});

/** Without network, so that tests of the command line do not wait for one. */
const lonely = ['--network', 'none'];

describe('hako up, status, logs and down', () => {
  it('up says where it listens and does nothing the second time', async () => {
    const text = await stage.ok('up');
    assert.match(text, new RegExp(`runs already \\(process \\d+\\) on unix://${run}/docker.sock`));
  });

  it('ups at the same time agree on one daemon', async () => {
    await stage.ok('down');
    const texts = await Promise.all([stage.ok('up'), stage.ok('up'), stage.ok('up')]);
    const pids = texts.map((text) => /process (\d+)/.exec(text)?.[1]);
    assert.equal(new Set(pids).size, 1, texts.join('\n'));
  });

  it('down --all stops the containers', async () => {
    await stage.ok('run', '-d', '--name', 'stopped', '--stop-timeout', '0', ...lonely, IMAGE, 'sleep', '1000');
    await stage.ok('down', '--all');
    await stage.ok('up');
    assert.equal(await stage.ok('inspect', '-f', '{{.State.Status}}', 'stopped'), 'exited');
    await stage.ok('rm', 'stopped');
  });

  it('status answers for people and for programs', async () => {
    assert.match(await stage.ok('status'), /Daemon: +up \(process \d+\)/);
    const status = JSON.parse(await stage.ok('status', '--format', 'json'));
    assert.deepEqual([status.Daemon, status.Run, status.Root], ['up', run, root]);
  });

  it("logs without a container is the daemon's log", async () => {
    assert.match(await stage.ok('logs', '--tail', '50'), /daemon is ready/);
    assert.match(await stage.ok('logs'), /daemon is ready/);
  });

  it('containers outlive the daemon; down and up again is in charge of them', async () => {
    const id = await stage.ok('run', '-d', '--name', 'survivor', ...lonely, IMAGE, 'sleep', '1000');
    assert.equal(await stage.ok('down'), 'The daemon is down');
    const { code, stdout } = await stage.run(['status']);
    assert.equal(code, 3);
    assert.match(stdout, /Daemon: +down/);
    const { code: psCode, stderr } = await stage.run(['ps']);
    assert.equal(psCode, 1);
    assert.match(stderr, /^hako: no daemon is listening on unix:.*; start it with: hako up\n$/);
    await stage.ok('up');
    assert.equal(await stage.ok('ps', '-q', '--no-trunc'), id);
    assert.equal(await stage.ok('rm', '-f', 'survivor'), 'survivor');
  });

  it('a daemon that can not start says why', async () => {
    const { code, stderr } = await stage.run([
      'up',
      '--run',
      join(stage.dir, 'other-run'),
      '--config',
      '/nonexistent.yaml',
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /the daemon could not start: cannot read the settings file \/nonexistent.yaml/);
  });
});

describe('hako run', () => {
  it("has the container's output, streams and exit code", async () => {
    const result = await stage.run(['run', '--rm', ...lonely, IMAGE, 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    assert.deepEqual(result, { code: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  it('passes standard input on, to its end and no further', async () => {
    const text = 'x'.repeat(300_000);
    const { code, stdout } = await stage.run(['run', '--rm', '-i', ...lonely, IMAGE, 'wc', '-c'], text);
    assert.equal(code, 0);
    assert.equal(stdout.trim(), String(text.length));
  });

  it('loses nothing of a large output', async () => {
    const { stdout } = await stage.run([
      'run',
      '--rm',
      ...lonely,
      IMAGE,
      'sh',
      '-c',
      'yes 0123456789 | head -n 200000',
    ]);
    assert.equal(stdout.length, 200_000 * 11);
  });

  it('loses nothing to a reader that is slower than the container', async () => {
    const child = stage.start('run', '--rm', ...lonely, IMAGE, 'sh', '-c', 'yes 0123456789 | head -n 100000');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { code, stdout } = await finished(child);
    assert.deepEqual([code, stdout.length], [0, 100_000 * 11]);
  });

  it('says that the container outlives a daemon that is killed under it', async () => {
    const child = stage.start('run', '--name', 'orphan', ...lonely, IMAGE, 'sh', '-c', 'echo up; sleep 1000');
    await outputOf(child.stdout).until('up');
    process.kill(Number(readFileSync(join(run, 'daemon.pid'), 'utf8')), 'SIGKILL');
    const { code, stderr } = await finished(child);
    assert.equal(code, 125);
    assert.match(stderr, /the daemon went away; the container runs on: hako up && hako attach [0-9a-f]{12}/);
    await stage.ok('up');
    assert.equal(await stage.ok('inspect', '-f', '{{.State.Status}}', 'orphan'), 'running');
    await stage.ok('rm', '-f', 'orphan');
  });

  for (const [what, command, code] of [
    ['a command that is not there', ['nosuch'], 127],
    ['a command that is a folder', ['/etc'], 126],
    ['a signal', ['sh', '-c', '(sh -c "kill -9 \\$\\$"); exit $?'], 137],
  ] as const) {
    it(`answers ${code} for ${what}`, async () => {
      const result = await stage.run(['run', '--rm', ...lonely, IMAGE, ...command]);
      assert.equal(result.code, code, result.stderr);
    });
  }

  it('answers 125 for what the daemon or the command line refuses', async () => {
    for (const args of [
      ['--pull', 'never', 'nosuch:1'],
      ['--memory', '1', IMAGE],
      ['--nosuch', IMAGE],
      ['--network', 'nosuch', IMAGE],
      [],
    ]) {
      const { code, stderr } = await stage.run(['run', '--rm', ...args]);
      assert.equal(code, 125, stderr);
      assert.match(stderr, /^hako: /);
      assert.doesNotMatch(stderr, /\n\s+at /);
    }
  });

  it('removes the container of --rm before it returns', async () => {
    await stage.run(['run', '--rm', '--name', 'gone', ...lonely, IMAGE, 'true']);
    await stage.run(['run', '--rm', '--name', 'gone', ...lonely, IMAGE, 'nosuch']);
    assert.equal(await stage.ok('ps', '-aq'), '');
  });

  it('passes signals on', async () => {
    const child = stage.start(
      'run',
      '--rm',
      ...lonely,
      IMAGE,
      'sh',
      '-c',
      'trap "echo got; exit 44" TERM; echo ready; while true; do sleep 0.05; done',
    );
    await outputOf(child.stdout).until('ready');
    child.kill('SIGTERM');
    assert.equal((await finished(child)).code, 44);
  });

  it('writes the id into --cidfile, and never over a file', async () => {
    const file = join(stage.dir, 'cid');
    const id = await stage.ok('run', '-d', '--cidfile', file, ...lonely, IMAGE, 'true');
    assert.equal(readFileSync(file, 'utf8'), id);
    const { code, stderr } = await stage.run(['run', '--cidfile', file, IMAGE]);
    assert.equal(code, 125);
    assert.match(stderr, /exists: remove it/);
    await stage.ok('rm', '-f', id);
  });
});

describe('a terminal', () => {
  after(() => stage.run(['rm', '-f', 'tty']));

  it('is resized, left by the detach keys and joined again', async () => {
    const child = stage.startInTerminal('run', '-it', '--name', 'tty', ...lonely, IMAGE, 'sh');
    const output = outputOf(child.stdout);
    await output.until('#');
    child.stdin.write('stty size; echo done$((1+1))\n');
    assert.match(await output.until('done2'), /31 101/);
    child.stdin.write('\x10\x11');
    await output.until('detached; the container runs on');
    assert.equal((await finished(child)).code, 0);
    assert.equal(await stage.ok('inspect', '--format', '{{.State.Status}}', 'tty'), 'running');
    const again = stage.startInTerminal('attach', 'tty');
    again.stdin.write('exit 5\n');
    assert.equal((await finished(again)).code, 5);
  });

  it('is refused where there is none', async () => {
    const { code, stderr } = await stage.run(['run', '--rm', '-it', IMAGE, 'true']);
    assert.equal(code, 1);
    assert.match(stderr, /standard input is no terminal/);
  });
});

describe('commands on a container', () => {
  before(() =>
    stage.ok(
      'run',
      '-d',
      '--name',
      'box',
      '--label',
      'role=test',
      '--memory',
      '64m',
      ...lonely,
      IMAGE,
      'sleep',
      '1000',
    ),
  );
  after(() => stage.ok('rm', '-f', 'box'));

  it('exec runs commands with their input, output and exit code', async () => {
    assert.equal(await stage.ok('exec', '-e', 'A=1', '-w', '/tmp', 'box', 'sh', '-c', 'echo $A $(pwd)'), '1 /tmp');
    assert.equal((await stage.run(['exec', 'box', 'sh', '-c', 'exit 9'])).code, 9);
    assert.equal((await stage.run(['exec', '-i', 'box', 'cat'], 'hello')).stdout, 'hello');
    assert.equal((await stage.run(['exec', 'box', 'nosuch'])).code, 127);
    assert.equal((await stage.run(['exec', 'nosuch', 'true'])).code, 1);
  });

  it('ps and inspect show it in every format', async () => {
    assert.match(
      await stage.ok('ps'),
      /^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES\n[0-9a-f]{12} +e2e:1 +"sleep 1000"/,
    );
    assert.equal(
      await stage.ok('ps', '--filter', 'label=role=test', '--format', '{{.Names}} {{.Label "role"}}'),
      'box test',
    );
    assert.equal(JSON.parse(await stage.ok('ps', '--format', 'json')).Names, 'box');
    assert.equal(
      await stage.ok('inspect', '-f', '{{.HostConfig.Memory}} {{range .Config.Cmd}}<{{.}}>{{end}}', 'box'),
      '67108864 <sleep><1000>',
    );
    const { code, stderr } = await stage.run(['inspect', 'box', 'nosuch']);
    assert.deepEqual([code, stderr], [1, 'hako: No such object: nosuch\n']);
  });

  it('cp goes both ways, through tars too', async () => {
    mkdirSync(join(stage.dir, 'in/sub'), { recursive: true });
    writeFileSync(join(stage.dir, 'in/sub/file'), 'text');
    await stage.ok('cp', 'in', 'box:/copied');
    assert.equal(await stage.ok('exec', 'box', 'cat', '/copied/sub/file'), 'text');
    await stage.ok('cp', 'box:/copied/.', 'out');
    assert.equal(readFileSync(join(stage.dir, 'out/sub/file'), 'utf8'), 'text');
    const { code } = await stage.run(
      ['cp', '-', 'box:/tmp'],
      execFileSync('tar', ['-C', join(stage.dir, 'in'), '-c', '.']),
    );
    assert.equal(code, 0);
    assert.equal(await stage.ok('exec', 'box', 'cat', '/tmp/sub/file'), 'text');
    assert.match((await stage.run(['cp', 'box:/nosuch', '.'])).stderr, /nosuch/);
  });

  it('pause, unpause, top, stats, port, rename and wait do what they say', async () => {
    await stage.ok('pause', 'box');
    assert.equal(await stage.ok('ps', '--format', '{{.State}}'), 'paused');
    await stage.ok('unpause', 'box');
    assert.match(await stage.ok('top', 'box'), /sleep 1000/);
    assert.match(await stage.ok('stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}'), /^box .+ \/ 64MiB$/);
    assert.equal(await stage.ok('port', 'box'), '');
    await stage.ok('rename', 'box', 'box2');
    await stage.ok('rename', 'box2', 'box');
    const waiting = stage.ok('wait', 'box');
    await stage.ok('stop', '-t', '0', 'box');
    assert.equal(await waiting, '137');
    await stage.ok('start', 'box');
  });

  it('commit, save, load, export and import carry it away and back', async () => {
    await stage.ok('exec', 'box', 'touch', '/marked');
    await stage.ok('commit', '-m', 'mark', 'box', 'marked:1');
    assert.match(await stage.ok('history', 'marked:1'), /mark/);
    await stage.ok('save', '-o', 'marked.tar', 'marked:1');
    await stage.ok('rmi', 'marked:1');
    assert.match(await stage.ok('load', '-i', 'marked.tar'), /marked:1/);
    assert.equal(await stage.ok('run', '--rm', ...lonely, 'marked:1', 'ls', '/marked'), '/marked');
    await stage.ok('rmi', 'marked:1');
    await stage.ok('export', '-o', 'rootfs.tar', 'box');
    await stage.ok('import', 'rootfs.tar', 'flat:1');
    assert.equal(await stage.ok('run', '--rm', ...lonely, 'flat:1', '/bin/ls', '/marked'), '/marked');
    await stage.ok('rmi', 'flat:1');
  });

  it('logs has both streams, the last lines and what follows', async () => {
    await stage.ok(
      'run',
      '-d',
      '--name',
      'talk',
      ...lonely,
      IMAGE,
      'sh',
      '-c',
      'echo one; echo two >&2; sleep 0.3; echo three',
    );
    const followed = await stage.run(['logs', '-f', 'talk']);
    assert.deepEqual(followed, { code: 0, stdout: 'one\nthree\n', stderr: 'two\n' });
    assert.equal((await stage.run(['logs', '--tail', '1', 'talk'])).stdout, 'three\n');
    assert.match(await stage.ok('logs', '-t', '--tail', '1', 'talk'), /^\d{4}-\d\d-\d\dT[\d:.]+Z three$/);
    await stage.ok('rm', 'talk');
  });
});

describe('networks, volumes and the system', () => {
  it('are made, shown and removed', async () => {
    await stage.ok('network', 'create', '--label', 'a=b', 'net1');
    assert.match(await stage.ok('network', 'ls'), /net1 +bridge +local/);
    await stage.ok('volume', 'create', 'vol1');
    await stage.ok('run', '--rm', '-v', 'vol1:/data', ...lonely, IMAGE, 'touch', '/data/x');
    assert.equal(await stage.ok('run', '--rm', '-v', 'vol1:/data', ...lonely, IMAGE, 'ls', '/data'), 'x');
    assert.equal(await stage.ok('volume', 'ls', '-q'), 'vol1');
    assert.match(await stage.ok('system', 'df'), /^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE\nImages/);
    assert.equal(await stage.ok('volume', 'rm', 'vol1'), 'vol1');
    assert.equal(await stage.ok('network', 'rm', 'net1'), 'net1');
    assert.equal((await stage.run(['network', 'rm', 'net1'])).code, 1);
  });

  it('events ends at --until and shows what happened', async () => {
    await stage.ok('volume', 'create', 'seen');
    await stage.ok('volume', 'rm', 'seen');
    const text = await stage.ok('events', '--since', '1m', '--until', '0s', '--filter', 'type=volume');
    assert.match(text, /volume create seen \(driver=local\)\n.*volume destroy seen/);
  });

  it('prune asks first, and removes on yes', async () => {
    await stage.ok('create', '--name', 'idle', ...lonely, IMAGE);
    assert.equal((await stage.run(['container', 'prune'], 'n\n')).code, 0);
    const unanswered = await stage.run(['container', 'prune']);
    assert.deepEqual([unanswered.code, /nobody answers: say yes with --force/.test(unanswered.stderr)], [1, true]);
    assert.equal((await stage.ok('ps', '-aq', '--filter', 'name=idle')) !== '', true);
    const { stdout } = await stage.run(['container', 'prune'], 'y\n');
    assert.match(stdout, /Deleted Containers:\n[0-9a-f]{64}/);
  });

  it('a base image is made without any registry', async () => {
    await stage.ok('image', 'bootstrap', 'busybox');
    assert.equal(await stage.ok('run', '--rm', ...lonely, 'busybox', 'echo', 'hi'), 'hi');
  });
});

it('down --purge asks, and removes every trace', async () => {
  await stage.ok('run', '-d', '--name', 'last', IMAGE, 'sleep', '1000');
  const declined = await stage.run(['down', '--purge'], 'n\n');
  assert.deepEqual([declined.code, declined.stdout], [0, '']);
  assert.match(declined.stderr, new RegExp(`WARNING! .*all containers, images.* and ${root} and ${run}`));
  const unanswered = await stage.run(['down', '--purge']);
  assert.equal(unanswered.code, 1);
  assert.match(unanswered.stderr, /nothing is removed, for nobody answers: say yes with --force/);
  assert.equal(await stage.ok('ps', '--format', '{{.Names}}'), 'last');
  assert.equal(await stage.ok('down', '--purge', '--force'), 'The daemon is gone, with every trace');
  assert.deepEqual([existsSync(root), existsSync(run)], [false, false]);
  assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(stage.dir));
});
