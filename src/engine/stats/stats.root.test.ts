import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { cgroupFolders } from '#system';
import { readStats } from './mod.ts';

test('a busy process in a cgroup and a network namespace of its own is counted', async () => {
  const cgroupPath = `/hako-stats-test-${process.pid}`;
  const folders = cgroupFolders(cgroupPath);
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  const child = spawn('unshare', [
    '--net',
    'sh',
    '-c',
    'ip link add d0 type dummy; ip link set d0 up; echo ok; exec sh -c "while :; do :; done"',
  ]);
  try {
    const pid = child.pid ?? 0;
    for (const folder of folders) writeFileSync(`${folder}/cgroup.procs`, String(pid));
    await once(child.stdout, 'data');
    const first = readStats(cgroupPath, pid);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const second = readStats(cgroupPath, pid);
    assert.ok(second.cpuTotalNs > first.cpuTotalNs);
    assert.ok(second.hostCpuNs > first.hostCpuNs);
    assert.ok(second.onlineCpus >= 1);
    assert.ok(second.memoryUsageBytes > 0);
    assert.ok(second.memoryLimitBytes > 0);
    assert.equal(second.pidsCurrent, 1);
    assert.deepEqual(Object.keys(second.networks), ['d0']);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (const folder of folders) rmdirSync(folder);
  }
  assert.deepEqual(readStats(cgroupPath, child.pid).networks, {});
  assert.equal(readStats(cgroupPath, undefined).cpuTotalNs, 0);
});
