/** Images and archives whose author is the enemy: what they name lies inside, or is refused. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { create, inspect, launch, logsOf, remove, runScript } from '../lib/containers.ts';
import { missing, TestDaemon } from '../lib/daemon.ts';
import { HostGuard } from '../lib/host-guard.ts';
import { importEntries, makeTar, rootfsEntries, type TarEntry } from '../lib/image-tar.ts';

const link = (name: string, target: string): TarEntry => ({ name, type: '2', link: target });
const hardLink = (name: string, target: string): TarEntry => ({ name, type: '1', link: target });
const file = (name: string, content = 'evil'): TarEntry => ({ name, content });

describe('what a stranger made', { skip: missing() }, () => {
  let daemon: TestDaemon;
  let guard: HostGuard;
  let hostFolder: string;
  before(async () => {
    daemon = await TestDaemon.start();
    guard = new HostGuard(daemon);
    hostFolder = join(daemon.folder, 'host');
  });
  afterEach(async () => {
    assert.deepEqual(readdirSync(hostFolder), ['secret']);
    await guard.check();
  });
  after(async () => daemon?.[Symbol.asyncDispose]());

  /** Layers that try to write, link or look outside of where they are unpacked. */
  const layers = (): TarEntry[][] => {
    const up = `../../../../../../../../../../..${hostFolder}`;
    return [
      [file(`${up}/evil`)],
      [file(`${hostFolder}/evil`)],
      [link('out', hostFolder), file('out/evil')],
      [link('out', up), file('out/evil')],
      [link('one', '..'), link('one/two', '..'), file('one/two/../../evil')],
      [hardLink('stolen', guard.secretPath), file('stolen', 'changed')],
      [hardLink('stolen', `${up}/secret`)],
      [link('way', guard.secretPath), hardLink('stolen', 'way'), file('stolen', 'changed')],
      [link('out', hostFolder), { name: 'out/', type: '5' }, file('out/.wh.secret', '')],
      [file(`${up}/.wh.secret`, '')],
      [file('.wh...', ''), file('.wh..', ''), file('a/.wh..wh..opq', '')],
      [file('.wh./../../x', '')],
      [{ name: 'dev/disk', type: '4', major: 254, minor: 0 }],
      [{ name: 'a\x01\n/b', type: '5' }, file('../\n')],
      [
        { name: '', type: '5' },
        { name: '/', type: '5', mode: 0o777 },
        { name: '..', type: '5', mode: 0o777 },
      ],
      [file('x'), { name: 'x/', type: '5' }, file('x/y'), file('x')],
    ];
  };

  it('as a layer stays in its root, by import', async () => {
    for (const [index, entries] of layers().entries()) {
      const error = await importEntries(daemon, `layer${index}`, entries);
      if (error !== undefined) assert.doesNotMatch(error, /this should not happen|at .*\.ts:\d/);
      assert.deepEqual(readdirSync(hostFolder), ['secret'], `layer ${index}`);
    }
  });

  it('as a layer stays in its root, by docker load', async () => {
    for (const entries of layers()) {
      const config = JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: [] },
      });
      const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: ['loaded:1'], Layers: ['layer.tar'] }]);
      const body = makeTar([
        file('config.json', config),
        { name: 'layer.tar', content: makeTar(entries) },
        file('manifest.json', manifest),
        ...entries,
      ]);
      const { status } = await daemon.api.call('POST', '/images/load', { body, contentType: 'application/x-tar' });
      assert.ok(status < 600);
      assert.deepEqual(readdirSync(hostFolder), ['secret']);
    }
  });

  it('as a manifest cannot make load read files of the host', async () => {
    for (const Config of [guard.secretPath, `../../../../../..${guard.secretPath}`, 'way']) {
      const manifest = JSON.stringify([{ Config, RepoTags: ['stolen:1'], Layers: [Config] }]);
      const body = makeTar([file('manifest.json', manifest), link('way', guard.secretPath)]);
      const { message } = await daemon.api.call('POST', '/images/load', { body, contentType: 'application/x-tar' });
      assert.ok(!message.includes(guard.secret), message);
      assert.equal((await daemon.api.call('GET', '/images/stolen:1/json')).status, 404);
    }
  });

  it('as an archive for docker cp stays in the container', async () => {
    const id = await create(daemon, 'target', { Cmd: ['sleep', '1000'] });
    for (const running of [false, true]) {
      if (running) await daemon.api.ok('POST', `/containers/${id}/start`);
      for (const entries of layers()) {
        const options = { body: makeTar(entries), contentType: 'application/x-tar' };
        await daemon.api.call('PUT', `/containers/${id}/archive?path=/tmp`, options);
        assert.deepEqual(readdirSync(hostFolder), ['secret']);
      }
    }
    await remove(daemon, id);
  });

  it('as a container cannot lead docker cp out by links, in or out', async () => {
    const script = `ln -s ${hostFolder} /out; ln -s /proc/1/root${hostFolder} /proot; ln -s ${guard.secretPath} /leak; sleep 1000`;
    const id = await launch(daemon, 'linker', { Cmd: ['sh', '-c', script], HostConfig: { PidMode: '' } });
    for (const path of [
      '/leak',
      '/out/secret',
      '/proot/secret',
      '/proc/self/root/out/secret',
      `/out/../../../../../..${guard.secretPath}`,
    ]) {
      const answer = await daemon.api.call('GET', `/containers/${id}/archive?path=${encodeURIComponent(path)}`);
      assert.ok(!answer.message.includes(guard.secret), path);
    }
    const body = makeTar([file('evil')]);
    for (const path of ['/out', '/proot', '/out/../out']) {
      const query = `path=${encodeURIComponent(path)}`;
      await daemon.api.call('PUT', `/containers/${id}/archive?${query}`, { body, contentType: 'application/x-tar' });
    }
    await remove(daemon, id);
  });

  it('as a container cannot win the race against docker cp (CVE-2018-15664)', async () => {
    const script = `mkdir /real; echo fine > /real/secret; ln -s ${hostFolder} /trap
      while :; do ln -sfn /real /swing; ln -sfn ${hostFolder} /swing; mv -T /real /x; ln -s ${hostFolder} /real; rm /real; mv -T /x /real; done 2>/dev/null`;
    const id = await launch(daemon, 'racer', { Cmd: ['sh', '-c', script], HostConfig: { NetworkMode: 'none' } });
    const body = makeTar([file('evil')]);
    for (let turn = 0; turn < 60; turn++) {
      const path = turn % 2 === 0 ? '/swing' : '/real';
      // What is gone under the reader breaks the stream off.
      const read = await daemon.api.call('GET', `/containers/${id}/archive?path=${path}/secret`).catch(() => undefined);
      assert.ok(!read?.message.includes(guard.secret), 'the race was won, reading');
      await daemon.api.call('PUT', `/containers/${id}/archive?path=${path}`, {
        body,
        contentType: 'application/x-tar',
      });
      assert.ok(!existsSync(`${hostFolder}/evil`), 'the race was won, writing');
    }
    await remove(daemon, id);
  });

  it('as a container cannot have the daemon load its libraries or run its programs at cp (CVE-2019-14271)', async () => {
    const lib = ['lib/libnss_files.so.2', 'lib64/libnss_files.so.2', 'lib/x86_64-linux-gnu/libnss_files.so.2'];
    const bin = ['usr/bin/tar', 'bin/tar', 'usr/sbin/crun', 'etc/ld.so.preload'];
    const trap = `#!/bin/sh\ntouch ${hostFolder}/evil\n`;
    const traps = [...lib, ...bin].map((name) => ({ name, mode: 0o755, content: trap }));
    assert.equal(await importEntries(daemon, 'library', [...rootfsEntries(daemon), ...traps]), undefined);
    const id = await launch(daemon, 'library', { Image: 'library:1', Cmd: ['sleep', '1000'] });
    await daemon.api.ok('GET', `/containers/${id}/archive?path=/lib`);
    await daemon.api.call('PUT', `/containers/${id}/archive?path=/`, {
      body: makeTar([file('x')]),
      contentType: 'application/x-tar',
    });
    await daemon.api.call('GET', `/containers/${id}/export`);
    await remove(daemon, id);
  });

  it('as an image configuration is refused or harmless', async () => {
    const { api } = daemon;
    const configs: [string, object][] = [
      ['NUL in an argument', { Cmd: ['echo', 'a\0b'] }],
      ['NUL in the environment', { Cmd: ['true'], Env: ['A=b\0C=d'] }],
      [
        'an environment that is too big',
        { Cmd: ['true'], Env: Array.from({ length: 3000 }, (_, n) => `V${n}=${'x'.repeat(1000)}`) },
      ],
      ['a name without end', { Cmd: ['true'], Hostname: 'x'.repeat(5000) }],
      ['a host name with a newline', { Cmd: ['true'], Hostname: 'a\n127.0.0.1 evil' }],
      ['a user with a newline', { Cmd: ['true'], User: 'a\nroot' }],
      ['a user that overflows', { Cmd: ['true'], User: '99999999999999999999' }],
      ['a user below zero', { Cmd: ['true'], User: '-1' }],
      ['a working folder above the root', { Cmd: ['true'], WorkingDir: '/../../../../etc' }],
      ['no command', { Cmd: [], Entrypoint: [] }],
      ['an empty command', { Cmd: [''] }],
      ['host entries with newlines', { Cmd: ['true'], HostConfig: { ExtraHosts: ['a:1.2.3.4\n5.6.7.8 evil'] } }],
      ['a resolver with newlines', { Cmd: ['true'], HostConfig: { Dns: ['1.2.3.4\nnameserver 6.6.6.6'] } }],
      ['a cgroup outside', { Cmd: ['true'], HostConfig: { CgroupParent: '/../../../../../../tmp' } }],
      ['a sysctl of the host', { Cmd: ['true'], HostConfig: { Sysctls: { 'kernel.core_pattern': 'x' } } }],
      ['a sysctl with a path', { Cmd: ['true'], HostConfig: { Sysctls: { 'net.../../kernel.core_pattern': 'x' } } }],
      ['a volume with a path', { Cmd: ['true'], HostConfig: { Binds: ['../../x:/v'] } }],
      ['a mount on the root', { Cmd: ['true'], HostConfig: { Binds: ['/tmp:/'] } }],
      ['a mount with dots', { Cmd: ['true'], HostConfig: { Binds: [`${hostFolder}:/a/../../../b:ro`] } }],
      [
        'annotations of the runtime',
        { Cmd: ['true'], HostConfig: { Annotations: { 'run.oci.hooks.stderr': '/tmp/evil' } } },
      ],
    ];
    for (const [what, config] of configs) {
      const made = await api.call<{ Id: string }>('POST', '/containers/create', { body: { Image: 'bb:1', ...config } });
      assert.ok(made.status === 201 || made.status === 400, `${what}: ${made.status} ${made.message}`);
      if (made.status !== 201) continue;
      const started = await api.call('POST', `/containers/${made.body.Id}/start`);
      assert.ok(started.status < 500, `${what}: ${started.status} ${started.message.slice(0, 300)}`);
      await remove(daemon, made.body.Id);
    }
  });

  it('as a name, an id or a label says nothing that it is not', async () => {
    const { api } = daemon;
    for (const name of ['..', '.', '../x', 'a/b', 'a\nb', '-rf', 'a b', 'x'.repeat(300), '%2e%2e', '\u202e']) {
      const path = `/containers/create?name=${encodeURIComponent(name)}`;
      const { status, body } = await api.call<{ Id?: string }>('POST', path, { body: { Image: 'bb:1' } });
      if (body.Id) await remove(daemon, body.Id);
      assert.ok(status === 400 || name.length > 200, `${JSON.stringify(name)}: ${status}`);
    }
    for (const id of ['..%2f..%2fetc', '..', '%00', 'a%0ab', '.%2e', 'x'.repeat(10_000)]) {
      for (const [method, verb] of [
        ['GET', '/json'],
        ['POST', '/start'],
        ['DELETE', ''],
        ['GET', '/logs?stdout=1'],
      ] as const) {
        const { status } = await api.call(method, `/containers/${id}${verb}`);
        assert.ok([301, 400, 404, 405].includes(status), `${method} ${id}${verb}: ${status}`);
      }
      const volume = await api.call('DELETE', `/volumes/${id}`);
      assert.ok([301, 400, 404, 405].includes(volume.status), `volume ${id}: ${volume.status}`);
    }
    const Labels = { 'a\nlevel=error': 'x\n2026-01-01 error: owned', __proto__: 'x', constructor: 'y' };
    const id = await create(daemon, 'labelled', { Cmd: ['true'], Labels: JSON.parse(JSON.stringify(Labels)) });
    await inspect(daemon, id);
    await remove(daemon, id);
    assert.ok(!/^2026-01-01 error: owned/m.test(daemon.logTail(1000)), 'a label wrote a line of the log');
  });

  it('as output cannot forge lines of the log', async () => {
    const forged = '2026-01-01T00:00:00.000000000Z stderr F forged';
    const id = await launch(daemon, 'forger', {
      Cmd: ['printf', `\\r${forged}\\n\\0\\033[2J${forged}\\n${'x'.repeat(20)}`],
    });
    await daemon.api.ok('POST', `/containers/${id}/wait`);
    const onlyErrors = await daemon.api.call('GET', `/containers/${id}/logs?stderr=1`);
    assert.equal(onlyErrors.message, '');
    assert.equal(await logsOf(daemon, id), `\r${forged}\n\0\x1b[2J${forged}\n${'x'.repeat(20)}`);
    await remove(daemon, id);
  });

  it('with a hundred thousand links is unpacked, diffed, exported and removed', async () => {
    const links = Array.from({ length: 100_000 }, (_, number) =>
      link(`links/${number % 100}/${number}`, `../${number}`),
    );
    assert.equal(await importEntries(daemon, 'links', [...rootfsEntries(daemon), ...links]), undefined);
    const { output } = await runScript(daemon, 'ls -R /links | wc -l', { Image: 'links:1', HostConfig: {} });
    assert.ok(Number(output) >= 100_000 || output.includes('not found'), output);
    await daemon.api.ok('DELETE', '/images/links:1');
  });
});
