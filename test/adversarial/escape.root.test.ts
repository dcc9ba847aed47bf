/** Escapes of the field, each with the name it is known by. The host's files, its mounts and the daemon stay as they were. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, afterEach, before, describe, it } from 'node:test';
import { create, exec, launch, remove, runScript } from '../lib/containers.ts';
import { missing, TestDaemon } from '../lib/daemon.ts';
import { HostGuard } from '../lib/host-guard.ts';
import { importEntries, rootfsEntries } from '../lib/image-tar.ts';

describe('a container', { skip: missing() }, () => {
  let daemon: TestDaemon;
  let guard: HostGuard;
  before(async () => {
    daemon = await TestDaemon.start();
    guard = new HostGuard(daemon);
  });
  afterEach(() => guard.check());
  after(async () => daemon?.[Symbol.asyncDispose]());

  /** Starts and answers the error of the start, or what the container printed. */
  const attempt = async (script: string, body: Parameters<typeof runScript>[2] = {}) => {
    try {
      return (await runScript(daemon, script, body)).output;
    } catch (error) {
      return String(error);
    }
  };

  it('reaches no host folder by a working directory that is a leaked descriptor (CVE-2024-21626)', async () => {
    for (const base of ['/proc/self/fd', '/proc/1/fd', '/proc/thread-self/fd']) {
      for (let fd = 0; fd < 20; fd++) {
        const output = await attempt(`cat ../../../../../../..${guard.secretPath}`, { WorkingDir: `${base}/${fd}` });
        assert.ok(!output.includes(guard.secret), `${base}/${fd}`);
      }
    }
  });

  it('reaches none at exec either, nor through a link to it in the image', async () => {
    await launch(daemon, 'inside', {
      Cmd: ['sh', '-c', 'for i in 3 4 5 6 7 8 9 10; do ln -s /proc/self/fd/$i /l$i; done; sleep 1000'],
    });
    for (let fd = 0; fd < 20; fd++) {
      for (const WorkingDir of [`/proc/self/fd/${fd}`, `/l${fd}`]) {
        const Cmd = ['cat', `../../../../../../..${guard.secretPath}`];
        const { output } = await exec(daemon, 'inside', { Cmd, WorkingDir });
        assert.ok(!output.includes(guard.secret), WorkingDir);
      }
    }
    await remove(daemon, 'inside');
  });

  it('has no descriptors but its three', async () => {
    const { output } = await runScript(daemon, 'ls -l /proc/1/fd | wc -l; ls /proc/self/fd | wc -l');
    // At most 0, 1, 2 and the one by which ls reads the folder (and a title line).
    const [init = 0, own = 0] = output.trim().split('\n').map(Number);
    assert.ok(init <= 5 && own <= 4, output);
    await launch(daemon, 'holder', { Cmd: ['sleep', '1000'] });
    const inExec = await exec(daemon, 'holder', { Cmd: ['ls', '/proc/self/fd'] });
    assert.ok(inExec.output.trim().split('\n').length <= 4, inExec.output);
    await remove(daemon, 'holder');
  });

  it('cannot overwrite the runtime through /proc/self/exe (CVE-2019-5736)', async () => {
    const entries = [...rootfsEntries(daemon), { name: 'evil', type: '2', link: '/proc/self/exe' }];
    assert.equal(await importEntries(daemon, 'selfexe', entries), undefined);
    const id = await create(daemon, 'selfexe', {
      Image: 'selfexe:1',
      Cmd: ['/evil', 'sleep', '1'],
      HostConfig: { NetworkMode: 'none' },
    });
    await daemon.api.call('POST', `/containers/${id}/start`);
    await remove(daemon, id);
    await launch(daemon, 'host', { Image: 'selfexe:1', Cmd: ['sleep', '1000'] });
    const writers = exec(daemon, 'host', {
      Cmd: [
        'sh',
        '-c',
        'for n in 1 2 3 4 5 6 7 8; do for p in /proc/[0-9]*; do echo x > $p/exe; done; done 2>/dev/null',
      ],
    });
    for (let turn = 0; turn < 10; turn++) await exec(daemon, 'host', { Cmd: ['/evil', 'true'] });
    await writers;
    await remove(daemon, 'host');
  });

  it('leaves the host alone when its /dev/null, /proc or /sys are links (CVE-2025-31133, -52565, -52881)', async () => {
    const traps: [string, { name: string; type: string; link: string }[]][] = [
      ['nulllink', [{ name: 'dev/null', type: '2', link: '/proc/sys/kernel/core_pattern' }]],
      ['consolelink', [{ name: 'dev/console', type: '2', link: '/proc/sys/kernel/core_pattern' }]],
      ['devlink', [{ name: 'dev', type: '2', link: guard.secretPath }]],
      ['proclink', [{ name: 'proc', type: '2', link: `../../../../../..${daemon.folder}/host` }]],
      ['syslink', [{ name: 'sys', type: '2', link: '/proc' }]],
      [
        'ptslink',
        [
          { name: 'dev/pts', type: '2', link: '/proc' },
          { name: 'dev/shm', type: '2', link: '/proc/sys' },
        ],
      ],
      ['attrlink', [{ name: 'proc/self/attr', type: '2', link: '/proc/sysrq-trigger' }]],
    ];
    for (const [image, links] of traps) {
      assert.equal(await importEntries(daemon, image, [...rootfsEntries(daemon), ...links]), undefined);
      for (const Tty of [false, true]) {
        const script = 'echo owned > /proc/sys/kernel/core_pattern; echo h > /proc/sysrq-trigger; echo done';
        await attempt(script, { Image: `${image}:1`, Tty });
      }
      await guard.check();
    }
  });

  it('cannot unmask paths by replacing /dev/null while others start with the same volume', async () => {
    const { output } = await runScript(
      daemon,
      'rm -f /dev/null; ln -s /proc/sys/kernel/core_pattern /dev/null; echo x > /dev/null; cat /proc/kcore | head -c 1 | wc -c',
    );
    assert.match(output, /(^|\n)0\n|Operation not permitted|Permission denied|Read-only/);
    await launch(daemon, 'masked', { Cmd: ['sleep', '1000'] });
    const script = 'rm -f /dev/null && ln -s /proc/sysrq-trigger /dev/null; true';
    await exec(daemon, 'masked', { Cmd: ['sh', '-c', script] });
    const { output: masked } = await exec(daemon, 'masked', {
      Cmd: ['sh', '-c', 'head -c 1 /proc/kcore | wc -c; echo h > /dev/null'],
    });
    assert.match(masked, /^0\n|Read-only|denied/m);
    await remove(daemon, 'masked');
  });

  it('does not lead VOLUME, --mount or tmpfs destinations out of its root by links', async () => {
    const entries = [
      ...rootfsEntries(daemon),
      { name: 'vol', type: '2', link: `${daemon.folder}/host` },
      { name: 'up', type: '2', link: `../../../../../../../..${daemon.folder}/host` },
    ];
    assert.equal(await importEntries(daemon, 'vollink', entries, ['VOLUME /vol/data', 'VOLUME /up/data']), undefined);
    const HostConfig = {
      Tmpfs: { '/up/tmp': '' },
      Mounts: [{ Type: 'volume', Target: '/vol/named', Source: 'linked' }],
      Binds: [`${daemon.folder}/rootfs:/up/bind:ro`],
    };
    const output = await attempt('echo x > /vol/data/file; echo x > /up/tmp/file; ls /vol /up', {
      Image: 'vollink:1',
      HostConfig,
    });
    for (const name of ['data', 'tmp', 'named', 'bind']) {
      assert.ok(
        !existsSync(`${daemon.folder}/host/${name}`),
        `${name} was made on the host; the container said ${output}`,
      );
    }
    await daemon.api.call('DELETE', '/volumes/linked');
  });

  it('does not lead the files of names or users out of its root by links', async () => {
    for (const name of ['passwd', 'group', 'hosts', 'hostname', 'resolv.conf']) {
      const links = [
        { name: 'etc/', type: '5' },
        { name: `etc/${name}`, type: '2', link: `../../../../..${guard.secretPath}` },
      ];
      const image = `link${name.replace('.', '')}`;
      assert.equal(await importEntries(daemon, image, [...rootfsEntries(daemon), ...links]), undefined);
      const output = await attempt(`id; cat /etc/${name}; echo x >> /etc/${name}`, {
        Image: `${image}:1`,
        User: 'root',
      });
      assert.ok(!output.includes(guard.secret), output);
    }
    const etc = [...rootfsEntries(daemon), { name: 'etc', type: '2', link: `../../../..${daemon.folder}/host` }];
    assert.equal(await importEntries(daemon, 'linketc', etc), undefined);
    await attempt('echo x > /etc/hosts; echo x > /etc/hostname', { Image: 'linketc:1' });
    for (const name of ['hosts', 'hostname', 'resolv.conf']) assert.ok(!existsSync(`${daemon.folder}/host/${name}`));
  });
});
