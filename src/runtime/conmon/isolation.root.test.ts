/** What a container can and cannot do, tried from inside with the host's perl. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { newId } from '#base';
import { findProgram } from '../detect.ts';
import { generateSpec } from '../spec/generate.ts';
import type { SpecInput } from '../spec/input.ts';
import { type ConmonFixture, openFixture } from './test-fixture.ts';

const EPERM = 1;
const ENOSYS = 38;
const NEWUSER = 0x1000_0000;
const ids = [{ containerID: 0, hostID: 200_000, size: 65_536 }];

/** Numbers of the x86-64 table. */
const CALLS: Record<string, { script: string; errno: number }> = {
  keyctl: { script: 'syscall(250, 0, -3, 0)', errno: EPERM },
  add_key: { script: 'syscall(248, my $a = "user", my $b = "x", my $c = "y", 1, -3)', errno: EPERM },
  'unshare of a user namespace': { script: `syscall(272, ${NEWUSER})`, errno: EPERM },
  'clone into a user namespace': { script: `syscall(56, ${NEWUSER}, 0, 0, 0, 0)`, errno: EPERM },
  clone3: { script: 'syscall(435, 0, 0)', errno: ENOSYS },
  mount: { script: 'syscall(165, my $a = "none", my $b = "/tmp", my $c = "tmpfs", 0, 0)', errno: EPERM },
  bpf: { script: 'syscall(321, 0, 0, 0)', errno: EPERM },
  io_uring_setup: { script: 'syscall(425, 1, 0)', errno: EPERM },
  'a VSOCK socket': { script: 'syscall(41, 40, 1, 0)', errno: EPERM },
  'an ALG socket': { script: 'syscall(41, 38, 5, 0)', errno: EPERM },
  'a system call of the future': { script: 'syscall(999)', errno: ENOSYS },
};

for (const name of ['crun', 'runc']) {
  const path = findProgram(name);
  describe(`isolation by ${name}`, { skip: path === undefined || arch() !== 'x64' }, () => {
    let fixture: ConmonFixture;
    before(async () => {
      fixture = await openFixture({ name, path: path ?? name, args: [] });
      const rootfs = join(fixture.folder, 'rootfs');
      for (const folder of ['usr', 'data']) mkdirSync(join(rootfs, folder));
      for (const link of ['lib', 'lib64']) symlinkSync(`usr/${link}`, join(rootfs, link));
    });
    after(() => fixture[Symbol.asyncDispose]());

    /** The output of a container. */
    async function run(args: string[], change: (input: SpecInput) => void = () => undefined): Promise<string> {
      const id = newId();
      const input = fixture.input(id, args);
      input.mounts.push({ type: 'bind', source: '/usr', destination: '/usr', readonly: true });
      change(input);
      await fixture.runtime.create(fixture.request(id, args, { spec: generateSpec(input) }), {});
      await using streams = await fixture.runtime.attach(id, {});
      await fixture.runtime.start(id);
      let output = '';
      for await (const { data } of streams.output) output += data.toString('utf8');
      await fixture.runtime.delete(id, { force: true });
      return output.trim();
    }

    const perl = (script: string) => ['/usr/bin/perl', '-e', `my $r = ${script}; print $r == -1 ? $!+0 : 0`];
    const shell = (script: string) => ['sh', '-c', `(${script}) 2>&1`];
    const privileged = (input: SpecInput) => {
      input.security.privileged = true;
    };

    for (const [title, { script, errno }] of Object.entries(CALLS)) {
      it(`${title} fails with errno ${errno}`, async () => assert.equal(await run(perl(script)), String(errno)));
    }

    it('ordinary sockets work', async () => {
      assert.equal(await run(perl('syscall(41, 2, 1, 0)')), '0');
      assert.equal(await run(perl('syscall(41, 1, 1, 0)')), '0');
    });

    it('a custom profile blocks what it names', async () => {
      const profile =
        '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["sync"],"action":"SCMP_ACT_ERRNO","errnoRet":99}]}';
      const output = await run(perl('syscall(162)'), (input) => {
        input.security.seccomp = { profile };
      });
      assert.equal(output, '99');
    });

    it('masked paths are empty and others read-only', async () => {
      assert.equal(await run(shell('cat /proc/keys /proc/interrupts | head -c 10; ls /sys/firmware')), '');
      assert.match(await run(shell('echo 1 > /proc/sys/kernel/panic')), /Read-only file system/);
      assert.match(
        await run(shell('for c in /sys/fs/cgroup /sys/fs/cgroup/memory; do mkdir $c/cgroup; done; mkdir /sys/fs/x')),
        /Read-only|not permitted/,
      );
    });

    it('devices of the host are out of reach, and a privileged container has them', async () => {
      assert.match(await run(shell('mknod /tmp/d b 254 0; head -c 1 /tmp/d'), tmp), /Operation not permitted/);
      assert.match(await run(shell('ls /dev'), privileged), /\bkmsg\b/);
    });

    it('a privileged container may mount', async () => {
      assert.equal(await run(shell('mount -t tmpfs none /tmp && echo done'), privileged), 'done');
    });

    it('additional groups, user and environment are as asked', async () => {
      const output = await run(shell('id; echo $A'), (input) => {
        input.process.user = { uid: 1000, gid: 1001, additionalGids: [5, 6] };
        input.process.env.push('A=1', 'A=2');
      });
      assert.equal(output, 'uid=1000 gid=1001 groups=5,6\n2');
    });

    it('no-new-privileges is set when asked', async () => {
      const status = (input: SpecInput) => {
        input.security.noNewPrivileges = true;
      };
      assert.equal(
        await run(
          ['sh', '-c', 'while read k v; do [ "$k" = NoNewPrivs: ] && echo $v; done < /proc/self/status'],
          status,
        ),
        '1',
      );
    });

    it('a user namespace maps root to nobody of the host', async () => {
      const output = await run(['sh', '-c', 'cat /proc/self/uid_map; id -u'], (input) => {
        input.namespaces = { user: 'private' };
        input.idMappings = { uid: ids, gid: ids };
      });
      assert.match(output, /^\s*0\s+200000\s+65536\n0$/);
    });

    it('a read-only bind is read-only, mounts sorted by depth do not hide each other', async () => {
      const output = await run(shell('touch /data/a; touch /data/deep/b && echo wrote; ls /data'), (input) => {
        const source = join(fixture.folder, 'volume');
        mkdirSync(join(source, 'deep'), { recursive: true });
        input.mounts.push({ type: 'tmpfs', destination: '/data/deep' });
        input.mounts.push({ type: 'bind', source, destination: '/data', readonly: true });
      });
      assert.match(output, /Read-only file system[\s\S]*wrote\ndeep$/);
    });

    it('shares the namespaces of the host that it is told to', async () => {
      const output = await run(shell('hostname; ls -d /proc/1/root; cat /proc/1/comm'), (input) => {
        input.namespaces = { pid: 'host', ipc: 'host', uts: 'host', network: 'host' };
      });
      assert.doesNotMatch(output, /^[0-9a-f]{12}\n/);
      assert.doesNotMatch(output, /\nsh$/);
    });
  });
}

/** A writable place in an otherwise read-only root, where devices are not refused by the mount itself. */
function tmp(input: SpecInput): void {
  input.mounts.push({ type: 'tmpfs', destination: '/tmp', options: ['dev'] });
}
