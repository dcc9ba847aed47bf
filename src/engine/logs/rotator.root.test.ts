import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LogOptions } from '../contract.ts';
import { LogRotator, readLogs } from './mod.ts';

const FOLLOW: LogOptions = { stdout: true, stderr: true, follow: true };

/** A real conmon whose "OCI runtime" is a shell script that runs `command` with conmon's pipes. */
function startConmon(command: string) {
  const dir = mkdtempSync(join(tmpdir(), 'hako-conmon-'));
  const bundle = join(dir, 'b');
  const path = join(dir, 'log');
  for (const name of ['b', 'exit', 's', 'persist']) mkdirSync(join(dir, name));
  const script = `#!/bin/sh\nwhile [ $# -gt 0 ]; do [ "$1" = --pid-file ] && file=$2; shift; done\n${command} &\necho -n $! > $file\n`;
  writeFileSync(join(dir, 'runtime'), script, { mode: 0o755 });
  const flags = ['-c', 'x', '-u', 'x', '-n', 'x', '-r', join(dir, 'runtime'), '-b', bundle, '-p', join(dir, 'pid')];
  const places = ['--exit-dir', join(dir, 'exit'), '--socket-dir-path', join(dir, 's'), '-l', `k8s-file:${path}`];
  const conmon = spawn('conmon', [...flags, ...places, '--sync'], { stdio: 'ignore' });
  const ended = once(conmon, 'exit').then(() => {});
  /** Without O_NONBLOCK the open would wait for ever for a conmon that has just ended. */
  const reopen = async () => {
    await using fifo = await open(join(bundle, 'ctl'), constants.O_WRONLY | constants.O_NONBLOCK);
    await fifo.write('2 0 0\n');
  };
  return { dir, path, ended, reopen, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

test('a follower of 200,000 lines loses and repeats none while the log is rotated under it', async () => {
  // Each block fills the log; every fourth waits until it was rotated, so that this happens however busy the machine is.
  const isFull = '[ "$(stat -c %s $(dirname $0)/log 2>/dev/null || echo 200000)" -ge 200000 ]';
  const block = `seq $((i*10000+1)) $((i*10000+10000)); sleep 0.06; while [ $((i % 4)) = 3 ] && ${isFull}; do sleep 0.01; done`;
  using bed = startConmon(`(for i in $(seq 0 19); do ${block}; done)`);
  let rotations = 0;
  const countingReopen = async () => {
    rotations++;
    await bed.reopen();
  };
  using rotator = new LogRotator(countingReopen);
  while (!readdirSync(bed.dir).includes('log')) await new Promise((resolve) => setTimeout(resolve, 1));
  // All of it is kept, so that a follower on a busy machine may lag: what is tested is the change of files.
  using _ = rotator.track('x', { path: bed.path, maxBytes: 200_000, maxFiles: 9 });
  const chunks: Buffer[] = [];
  for await (const { data } of readLogs(bed.path, FOLLOW, bed.ended)) chunks.push(data);
  const lines = Buffer.concat(chunks).toString('latin1').trimEnd().split('\n');
  assert.equal(lines.length, 200_000);
  assert.equal(
    lines.findIndex((line, index) => line !== String(index + 1)),
    -1,
  );
  assert.ok(rotations > 3, `rotated ${rotations} times`);
  assert.deepEqual(
    readdirSync(bed.dir).filter((name) => /^log\.(9|\d\d)/.test(name)),
    [],
  );
});

test('with one file the log starts over and stays bounded', async () => {
  const flood = 'for i in $(seq 40); do head -c 20000 /dev/zero | tr "\\0" a; echo; sleep 0.02; done';
  using bed = startConmon(`(${flood}; until [ -e $(dirname $0)/stop ]; do echo end; sleep 0.02; done; echo last)`);
  using rotator = new LogRotator(bed.reopen);
  while (!readdirSync(bed.dir).includes('log')) await new Promise((resolve) => setTimeout(resolve, 1));
  using _ = rotator.track('x', { path: bed.path, maxBytes: 100_000, maxFiles: 1 });
  // From then on the lines are too few to fill the log: nothing rotates it any more.
  while (!isAfterFlood(readFileSync(bed.path, 'latin1'))) await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(join(bed.dir, 'stop'), '');
  await bed.ended;
  assert.deepEqual(
    readdirSync(bed.dir).filter((name) => name.startsWith('log')),
    ['log'],
  );
  assert.ok(statSync(bed.path).size < 100_000);
  assert.match(readFileSync(bed.path, 'latin1'), /^(\S+ stdout [FP] (a*|end)\n)*\S+ stdout F last\n$/);
});

function isAfterFlood(text: string): boolean {
  return text.length < 90_000 && text.includes(' F end\n');
}
