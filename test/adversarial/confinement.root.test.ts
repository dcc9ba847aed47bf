/** What a default container may not do: capabilities, seccomp, namespaces, devices, kernel settings. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { after, afterEach, before, describe, it } from 'node:test';
import { exec, inspect, launch, remove, runScript } from '../lib/containers.ts';
import { missing, TestDaemon } from '../lib/daemon.ts';
import { HostGuard } from '../lib/host-guard.ts';

/** Shell lines that must fail, by what they try. */
const REFUSED: readonly (readonly [what: string, line: string])[] = [
  ['to mount a tmpfs', 'mount -t tmpfs none /tmp'],
  ['to bind a folder', 'mount --bind / /tmp'],
  ['to remount /proc/sys for writing', 'mount -o remount,rw /proc/sys'],
  ['to unmount a mask', 'umount /proc/kcore'],
  ['to make a user namespace', 'unshare -r true'],
  ['to make a mount namespace', 'unshare -m true'],
  ['to enter the namespaces of another', 'nsenter -t 1 -m -n true'],
  ['to make a block device node of the disk and read it', 'mknod /tmp/disk b 254 0 && head -c 1 /tmp/disk'],
  ['to make a device node of the memory and read it', 'mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem'],
  ['to load a module', 'modprobe dummy || insmod /dummy.ko'],
  ['to change kernel settings', 'echo x > /proc/sys/kernel/core_pattern'],
  ['to press the magic key', 'echo h > /proc/sysrq-trigger'],
  ['to write to /sys', 'echo 1 > /sys/kernel/profiling || echo 1 > /sys/class/net/lo/mtu || mkdir /sys/x'],
  ['to change its own host name', 'hostname pwned'],
  ['to configure interfaces', 'ip link add dummy0 type dummy'],
  ['to read the kernel log', 'dmesg | grep -q .'],
  ['to raise its priority', 'nice -n -10 sh -c "[ $(nice) -lt 0 ]"'],
  [
    'to make a cgroup',
    'mkdir /sys/fs/cgroup/memory/x || { [ -e /sys/fs/cgroup/cgroup.procs ] && mkdir /sys/fs/cgroup/x; }',
  ],
  [
    'to mount a cgroup hierarchy with a release agent',
    'mount -t cgroup -o rdma cgroup /tmp && echo /x > /tmp/release_agent',
  ],
  [
    'to change the release agent',
    'for f in /sys/fs/cgroup/*/release_agent; do [ -e $f ] && echo /x > $f && exit 0; done; exit 1',
  ],
  ['to see the disks', 'ls /dev/vda /dev/sda /dev/mem /dev/kmsg /dev/loop-control /dev/fuse'],
  ['to chroot out', 'mkdir /tmp/j && chroot /tmp/j /bin/true; ls -d /tmp/../../../lost+found'],
];

describe('a default container', { skip: missing() }, () => {
  let daemon: TestDaemon;
  let guard: HostGuard;
  before(async () => {
    daemon = await TestDaemon.start();
    guard = new HostGuard(daemon);
    await launch(daemon, 'cage', { Cmd: ['sleep', '1000'] });
  });
  afterEach(() => guard.check());
  after(async () => daemon?.[Symbol.asyncDispose]());

  for (const [what, line] of REFUSED) {
    it(`is not able ${what}`, async () => {
      const { code, output } = await exec(daemon, 'cage', { Cmd: ['sh', '-c', line] });
      assert.notEqual(code, 0, output);
    });
  }

  it("has docker's capabilities and no more, and a seccomp filter, also in an exec", async () => {
    const { State } = await inspect(daemon, 'cage');
    const status = readFileSync(`/proc/${State.Pid}/status`, 'utf8');
    const { output } = await exec(daemon, 'cage', { Cmd: ['cat', '/proc/self/status'] });
    for (const text of [status, output]) {
      assert.match(text, /^CapEff:\s+00000000a80425fb$/m);
      assert.match(text, /^CapBnd:\s+00000000a80425fb$/m);
      assert.match(text, /^CapAmb:\s+0+$/m);
      assert.match(text, /^Seccomp:\s+2$/m);
    }
  });

  it('has no capabilities as another user, and none by a setuid program with no-new-privileges', async () => {
    const script = 'grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status';
    const { output } = await runScript(daemon, script, {
      User: '1000',
      HostConfig: { SecurityOpt: ['no-new-privileges'] },
    });
    assert.match(output, /CapEff:\s+0{16}\n/);
    assert.match(output, /NoNewPrivs:\s+1/);
  });

  it('sees its own processes only, and signals none of the host', async () => {
    const { output } = await exec(daemon, 'cage', {
      Cmd: ['sh', '-c', 'ls -d /proc/[0-9]* | wc -l; kill -9 -1; echo alive'],
    });
    assert.ok(Number(output.split('\n')[0]) < 10, output);
  });

  it('keeps what it is from the names and paths of the host', async () => {
    const { output } = await exec(daemon, 'cage', {
      Cmd: ['sh', '-c', 'cat /proc/self/mountinfo /proc/self/cgroup /proc/mounts'],
    });
    // overlayfs tells its folders to who is inside, as with docker; nothing else may.
    const others = output.split('\n').filter((line) => !line.includes('overlay'));
    assert.ok(!others.some((line) => line.includes(`${daemon.run}/`)), others.join('\n'));
  });

  it('owns nothing outside its user namespace', async () => {
    const id = await launch(daemon, 'mapped', { Cmd: ['sleep', '1000'], HostConfig: { UsernsMode: 'private' } });
    const { State } = await inspect(daemon, id);
    assert.ok(statSync(`/proc/${State.Pid}`).uid >= 65_536);
    const map = readFileSync(`/proc/${State.Pid}/uid_map`, 'utf8').trim().split(/\s+/).map(Number);
    assert.ok(map[0] === 0 && (map[1] ?? 0) >= 65_536, map.join(' '));
    const { output } = await exec(daemon, id, {
      Cmd: ['sh', '-c', 'id -u; touch /made; chown 1000 /made; ls -ln /made'],
    });
    assert.match(output, /^0\n.* 1000 /);
    await remove(daemon, id);
  });
});
