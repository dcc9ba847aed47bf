import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '#base';
import { cgroupFolders, childCgroups } from '#system';
import { findProgram } from '../detect.ts';
import { openFixture } from './test-fixture.ts';

const crun = findProgram('crun') ?? '/usr/bin/crun';
const KILLS = 25;
const MAX_LIFE_MS = 150;

async function startDaemon(folder: string): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'test-daemon.ts');
  const daemon = spawn(process.execPath, ['--no-warnings', script, folder, crun], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (daemon.stdout !== null) await once(daemon.stdout, 'data');
  return daemon;
}

/** Processes whose command line names a folder. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return line.includes(`${folder}/`) ? [line] : [];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}

describe('a daemon that is killed at any moment', () => {
  it('leaves nothing that its successor does not find and remove', async () => {
    await using fixture = await openFixture({ name: 'crun', path: crun, args: [] });
    await fixture.runtime[Symbol.asyncDispose]();
    for (let kill = 0; kill < KILLS; kill++) {
      const daemon = await startDaemon(fixture.folder);
      await delay(Math.random() * MAX_LIFE_MS);
      daemon.kill('SIGKILL');
      await once(daemon, 'exit');
      await using successor = await fixture.reopen();
      await successor.recover(new Set());
      assert.deepEqual(processesOf(fixture.folder), []);
      assert.deepEqual(readdirSync(join(fixture.folder, 'run/containers')), []);
      assert.deepEqual(readdirSync(join(fixture.folder, 'run/state/crun')), []);
      const bundles = join(fixture.folder, 'b');
      assert.deepEqual(readdirSync(bundles), []);
      const cgroups = cgroupFolders(`/${fixture.cgroupParent}`)
        .flatMap(childCgroups)
        .filter((name) => name !== 'conmon');
      assert.deepEqual(cgroups, []);
    }
  });

  it('takes attached execs with it, while containers and detached execs run on', async () => {
    await using fixture = await openFixture({ name: 'crun', path: crun, args: [] });
    const id = newId();
    const sleeper = fixture.request(id, ['sleep', 'infinity']);
    await fixture.runtime.create(sleeper, {});
    await fixture.runtime.start(id);
    const exec = (seconds: string, detached: boolean) => {
      const process = { ...sleeper.spec.process, args: ['sleep', seconds] };
      return fixture.runtime.exec(id, { execId: newId(), process, terminal: false, openStdin: false, detached }, {});
    };
    const attached = await exec('1001', false);
    const detached = await exec('1002', true);
    await fixture.runtime[Symbol.asyncDispose]();
    await using successor = await fixture.reopen();
    await successor.recover(new Set([id]));
    for (let attempt = 0; attempt < 100 && isSleeping(attached.pid); attempt++) await delay(10);
    assert.equal(isSleeping(attached.pid), false);
    assert.equal(isSleeping(detached.pid), true);
    assert.equal((await successor.state(id))?.status, 'running');
  });
});

/** True while the process runs `sleep`; a zombie has no command line. */
function isSleeping(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep');
  } catch {
    return false;
  }
}
