import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isRunning } from './process.ts';
import { type BareProgram, reap, socketPair, spawnBare } from './spawn.ts';

const folder = mkdtempSync(join(tmpdir(), 'hako-spawn-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs a script of the shell; answers what it writes to descriptor 3. */
async function output(
  script: string,
  more: Partial<Pick<BareProgram, 'env' | 'cwd' | 'session'>> = {},
): Promise<string> {
  const [ours, theirs] = socketPair();
  const { env = { PATH: '/usr/bin:/bin' }, cwd = '/', session = 'own' } = more;
  const pid = spawnBare({
    path: '/bin/sh',
    args: ['-c', script],
    env,
    cwd,
    fds: ['ignore', 'ignore', 'ignore', theirs],
    session,
  });
  closeSync(theirs);
  const words = await text(new Socket({ fd: ours }));
  reap(pid);
  return words;
}

describe('spawnBare', () => {
  it('gives the program its arguments, environment and working directory', async () => {
    const words = await output('echo "$A $(pwd)" >&3', { env: { A: 'é' }, cwd: folder });
    assert.equal(words, `é ${folder}\n`);
  });

  it('gives the program the named descriptors and no others', async () => {
    const kept = openSync('/dev/zero', 'r');
    const words = await output('ls /proc/self/fd >&3');
    closeSync(kept);
    // The last is the folder that ls reads.
    assert.equal(words, '0\n1\n2\n3\n4\n');
  });

  it('puts descriptors in their places whatever they were before', async () => {
    const path = join(folder, 'out');
    const file = openSync(path, 'w');
    const [ours, theirs] = socketPair();
    // 1 and 0 become 3 and 4 although 0, 1 and 2 are overwritten.
    const fds = ['ignore', theirs, file, 1, 0] as const;
    const pid = spawnBare({ path: '/bin/sh', args: ['-c', 'echo one; echo two >&2'], env: {}, cwd: '/', fds });
    closeSync(theirs);
    closeSync(file);
    assert.equal(await text(new Socket({ fd: ours })), 'one\n');
    reap(pid);
    assert.equal(readFileSync(path, 'utf8'), 'two\n');
  });

  it('starts it in a session of its own, with no signal ignored or blocked', async () => {
    const words = await output(
      'cut -d" " -f1,6 /proc/self/stat >&3; grep -E "Sig(Ign|Blk)" /proc/self/status >&3; echo $$ >&3',
    );
    const [stat = '', ignored, blocked, shell] = words.trim().split('\n');
    assert.equal(stat.split(' ')[1], shell);
    assert.match(`${ignored} ${blocked}`, /:\s*0+ .*:\s*0+$/);
  });

  it('leaves it in our session where it is told to, in a process group of its own', async () => {
    const words = await output('cut -d" " -f5,6 /proc/self/stat >&3; echo $$ >&3', { session: 'ours' });
    const [stat = '', shell] = words.trim().split('\n');
    const ourSession = readFileSync('/proc/self/stat', 'utf8').split(' ')[5];
    assert.deepEqual(stat.split(' '), [shell, ourSession]);
  });

  it('throws where the program or its working directory is missing', () => {
    const program = { path: '/nowhere/at/all', args: [], env: {}, cwd: '/', fds: [] };
    assert.throws(() => spawnBare(program), { code: 'ENOENT' });
    assert.throws(() => spawnBare({ ...program, path: '/bin/true', cwd: '/nowhere' }), { code: 'ENOENT' });
  });

  it('leaves no zombie, whether a child ends before or after it is reaped', async () => {
    const start = (seconds: string) =>
      spawnBare({ path: '/bin/sleep', args: [seconds], env: {}, cwd: '/', fds: ['ignore', 'ignore', 'ignore'] });
    const [early, late] = [start('0'), start('0.1')];
    const identities = [early, late].map((pid) => identify(pid));
    await delay(50);
    reap(early);
    reap(late);
    for (let attempt = 0; attempt < 100 && identify(late) !== undefined; attempt++) await delay(10);
    assert.deepEqual([identify(early), identify(late)], [undefined, undefined]);
    assert.ok(identities.every((identity) => identity && !isRunning(identity)));
  });
});
