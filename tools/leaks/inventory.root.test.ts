import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cgroupFolders } from '#system';
import { leftBehind, takeInventory } from './inventory.ts';

test('whatever is left behind is named, and nothing once it is gone', async () => {
  const before = takeInventory();
  const name = `hako-leak-${process.pid}`;
  const interfaceName = `hl${process.pid}`.slice(0, 15);
  const folder = mkdtempSync(join(tmpdir(), 'hako-leaks-'));
  const cgroup = cgroupFolders(`/${name}`)[0] ?? '';
  const sh = (command: string) => execFileSync('sh', ['-c', command]);
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  try {
    await once(child, 'spawn');
    mkdirSync(cgroup);
    sh(`mount -t tmpfs ${name} ${folder}; ip netns add ${name}; ip link add ${interfaceName} type bridge`);
    sh(`nft add table ip ${name}; nft add chain ip ${name} c`);
    const left = leftBehind(before, takeInventory()).filter(
      (line) =>
        line.includes(name) || line.includes(folder) || line.includes(interfaceName) || line.includes(`${child.pid} `),
    );
    const kinds = new Set(left.map((line) => line.split(':')[0]));
    const all = ['cgroup', 'folder', 'interface', 'mount', 'network namespace', 'nft rule', 'process'];
    assert.deepEqual([...kinds].sort(), all);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
    sh(`nft delete table ip ${name}; ip link del ${interfaceName}; ip netns del ${name}; umount ${folder}`);
    rmdirSync(cgroup);
    rmSync(folder, { recursive: true });
  }
  const mine = leftBehind(before, takeInventory()).filter((line) => line.includes(name) || line.includes(folder));
  assert.deepEqual(mine, []);
});
