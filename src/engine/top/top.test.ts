import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { isHakoError } from '#base';
import { listPids } from './mod.ts';
import { parsePsOutput } from './ps-output.ts';

const invalid = (words: RegExp) => (error: unknown) => isHakoError(error, 'invalid') && words.test(error.message);

test('rows are selected by pid; the command keeps its words', () => {
  const output = '  PID TTY   CMD\n   10 ?     sh -c  "a b"\n   11 ?     other\n  100 ?     third\n';
  assert.deepEqual(parsePsOutput(output, [10, 100]), {
    titles: ['PID', 'TTY', 'CMD'],
    processes: [
      ['10', '?', 'sh -c "a b"'],
      ['100', '?', 'third'],
    ],
  });
});

test('threads go with their process', () => {
  const output = 'UID PID LWP\nroot 1 -\nroot - 1\nroot 2 -\nroot - 2\nroot - 3\n';
  assert.equal(parsePsOutput(output, [2]).processes.length, 3);
});

test('output without pids is refused in the words of Docker', () => {
  assert.throws(() => parsePsOutput('TTY CMD\n? sh\n', [1]), invalid(/^Couldn't find PID field in ps output$/));
  assert.throws(() => parsePsOutput('PID CMD\nx sh\n', [1]), invalid(/^Unexpected pid 'x'$/));
});

test('a column that pretends to be the pid is refused', async () => {
  await assert.rejects(listPids([1], '-eo ppid=PID'), invalid(/^specifying "ppid=PID" is not allowed$/));
  await assert.rejects(listPids([1], '-o  lwp=PIDX,pid'), invalid(/is not allowed$/));
});

test('ps speaks for itself when its arguments are wrong, and no shell reads them', async () => {
  await assert.rejects(listPids([process.pid], '--no-such-option'), invalid(/error: unknown gnu long option/));
  await assert.rejects(listPids([process.pid], '-ef; touch /tmp/hako-top-injected'), invalid(/./));
});

test('a process is listed in the default and in chosen columns, also with options that exclude -q', async () => {
  const child = spawn('sleep', ['1000']);
  try {
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    const listed = await listPids([pid], '');
    assert.equal(listed.titles.join(' '), 'UID PID PPID C STIME TTY TIME CMD');
    assert.equal(listed.processes.length, 1);
    assert.equal(listed.processes[0]?.at(-1), 'sleep 1000');
    const chosen = await listPids([pid], '-eo pid,comm');
    assert.deepEqual(chosen, { titles: ['PID', 'COMMAND'], processes: [[String(pid), 'sleep']] });
    const forest = await listPids([pid], 'axf');
    assert.equal(forest.processes.length, 1);
  } finally {
    child.kill('SIGKILL');
  }
});

test('without ps the same is read from /proc', async () => {
  const child = spawn('sleep', ['1000']);
  try {
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    const withPs = await listPids([pid], '');
    const without = await listPids([pid, 4_000_000], '', { psPath: '/no/such/ps' });
    assert.deepEqual(without.titles, withPs.titles);
    const comparable = (rows: string[][]) => rows.map((row) => row.filter((_, index) => index !== 4));
    assert.deepEqual(comparable(without.processes), comparable(withPs.processes));
    await assert.rejects(
      listPids([pid], 'aux', { psPath: '/no/such/ps' }),
      (error) => isHakoError(error, 'unsupported') && /install procps/.test(error.message),
    );
  } finally {
    child.kill('SIGKILL');
  }
});
