import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { ignoring } from '#base';
import { cgroupFolders, destroyCgroup } from '#system';
import { readStats } from './mod.ts';

test('a busy process in a cgroup and a network namespace of its own is counted', async () => {
  const cgroupPath = `/hako-stats-test-${process.pid}`;
  const folders = cgroupFolders(cgroupPath);
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  const child = spawn('unshare', [
    '--net',
    'sh',
    '-c',
    'ip link add d0 type veth peer name d1; echo ok; exec sh -c "while :; do :; done"',
  ]);
  try {
    const pid = child.pid ?? 0;
    // A v1 cpuset without CPUs takes no process; it counts nothing either.
    for (const folder of folders) ignoring('ENOSPC', () => writeFileSync(`${folder}/cgroup.procs`, String(pid)));
    await once(child.stdout, 'data');
    const first = readStats({ cgroupPath, pid, nowMs: 1 });
    await new Promise((resolve) => setTimeout(resolve, 150));
    const second = readStats({ cgroupPath, pid, nowMs: 1 });
    assert.ok(second.cpuTotalNs > first.cpuTotalNs);
    assert.ok(second.hostCpuNs > first.hostCpuNs);
    assert.ok(second.onlineCpus >= 1);
    assert.ok(second.memoryUsageBytes > 0);
    assert.ok(second.memoryLimitBytes > 0);
    assert.equal(second.pidsCurrent, 1);
    assert.deepEqual(Object.keys(second.networks).sort(), ['d0', 'd1']);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
    await destroyCgroup(cgroupPath);
  }
  assert.deepEqual(readStats({ cgroupPath, pid: child.pid, nowMs: 1 }).networks, {});
  assert.equal(readStats({ cgroupPath, pid: undefined, nowMs: 1 }).cpuTotalNs, 0);
});
