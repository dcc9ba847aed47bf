import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseFlags } from '../args/parse.ts';
import { createBody, createFlags } from './create.ts';

const dir = mkdtempSync(join(tmpdir(), 'hako-cli-create-'));
after(() => rmSync(dir, { recursive: true }));

async function body(...argv: string[]) {
  const { values, given, args } = parseFlags(createFlags, argv, false);
  return createBody(values, given, args) as Promise<Record<string, unknown> & { HostConfig: Record<string, unknown> }>;
}

describe('createBody', () => {
  it('says no more than was asked', async () => {
    assert.deepEqual(await body('busybox', 'echo', '-n', 'hi'), {
      AttachStdin: false,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
      OpenStdin: false,
      StdinOnce: false,
      Labels: {},
      Image: 'busybox',
      Cmd: ['echo', '-n', 'hi'],
      HostConfig: {
        AutoRemove: false,
        RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
        LogConfig: { Type: '', Config: {} },
        NetworkMode: 'default',
        PublishAllPorts: false,
        ReadonlyRootfs: false,
        Privileged: false,
      },
      NetworkingConfig: { EndpointsConfig: {} },
    });
  });

  it('carries limits in the units of the API', async () => {
    const { HostConfig } = await body(
      ...['-m', '512m', '--memory-swap', '-1', '--cpus', '1.5', '--pids-limit', '64', '--shm-size', '1g'],
      ...[
        '--ulimit',
        'nofile=10:20',
        '--device-read-bps',
        '/dev/sda:1mb',
        '--device-write-iops',
        '/dev/sda:5',
        '--cpuset-cpus',
        '0-1',
        'x',
      ],
    );
    assert.equal(HostConfig.Memory, 536_870_912);
    assert.equal(HostConfig.MemorySwap, -1);
    assert.equal(HostConfig.NanoCpus, 1_500_000_000);
    assert.equal(HostConfig.PidsLimit, 64);
    assert.equal(HostConfig.ShmSize, 2 ** 30);
    assert.deepEqual(HostConfig.Ulimits, [{ Name: 'nofile', Soft: 10, Hard: 20 }]);
    assert.deepEqual(HostConfig.BlkioDeviceReadBps, [{ Path: '/dev/sda', Rate: 1_048_576 }]);
    assert.deepEqual(HostConfig.BlkioDeviceWriteIOps, [{ Path: '/dev/sda', Rate: 5 }]);
  });

  it('reads the environment from files, flags and our own', async () => {
    const file = join(dir, 'env');
    writeFileSync(file, '\uFEFF# comment\n\nA=1\n  B=two words \nHAKO_TEST_PASSED\nHAKO_TEST_NOT_SET\n');
    process.env.HAKO_TEST_PASSED = 'yes';
    const { Env } = await body('--env-file', file, '-e', 'A=2', '-e', 'HAKO_TEST_NOT_SET', '-e', 'E=', 'x');
    assert.deepEqual(Env, ['A=1', 'B=two words ', 'HAKO_TEST_PASSED=yes', 'A=2', 'E=']);
  });

  it('tells binds, named volumes and anonymous volumes apart', async () => {
    const made = await body(
      '-v',
      './d:/d',
      '-v',
      'data:/data:ro',
      '-v',
      '/anon',
      '--tmpfs',
      '/run:size=1m,mode=700',
      'x',
    );
    assert.deepEqual(made.HostConfig.Binds, [`${process.cwd()}/d:/d`, 'data:/data:ro']);
    assert.deepEqual(made.Volumes, { '/anon': {} });
    assert.deepEqual(made.HostConfig.Tmpfs, { '/run': 'size=1m,mode=700' });
  });

  it('publishes single ports, ranges and addresses', async () => {
    const made = await body(
      '-p',
      '8080:80',
      '-p',
      '127.0.0.1::53/udp',
      '-p',
      '[::1]:90-91:90-91',
      '-p',
      '9000-9010:99',
      '--expose',
      '7-8',
      'x',
    );
    assert.deepEqual(made.HostConfig.PortBindings, {
      '80/tcp': [{ HostIp: '', HostPort: '8080' }],
      '53/udp': [{ HostIp: '127.0.0.1', HostPort: '' }],
      '90/tcp': [{ HostIp: '::1', HostPort: '90' }],
      '91/tcp': [{ HostIp: '::1', HostPort: '91' }],
      '99/tcp': [{ HostIp: '', HostPort: '9000-9010' }],
    });
    assert.deepEqual(Object.keys(made.ExposedPorts as object), [
      '80/tcp',
      '53/udp',
      '90/tcp',
      '91/tcp',
      '99/tcp',
      '7/tcp',
      '8/tcp',
    ]);
  });

  it('joins networks with settings', async () => {
    const simple = await body('--network', 'app', '--network-alias', 'db', '--ip', '10.0.0.5', 'x');
    assert.equal(simple.HostConfig.NetworkMode, 'app');
    assert.deepEqual(simple.NetworkingConfig, {
      EndpointsConfig: { app: { IPAMConfig: { IPv4Address: '10.0.0.5' }, Aliases: ['db'] } },
    });
    const advanced = await body(
      '--network',
      'name=a,alias=x,alias=y,ip=10.0.0.6,gw-priority=2,driver-opt=k=v',
      '--network',
      'b',
      'x',
    );
    assert.deepEqual(advanced.NetworkingConfig, {
      EndpointsConfig: {
        a: { GwPriority: 2, Aliases: ['x', 'y'], IPAMConfig: { IPv4Address: '10.0.0.6' }, DriverOpts: { k: 'v' } },
        b: {},
      },
    });
  });

  it('carries health checks, restart policies and what else has a form of its own', async () => {
    const made = await body(
      ...[
        '--health-cmd',
        'curl x',
        '--health-interval',
        '5s',
        '--health-retries',
        '3',
        '--health-on-failure',
        'restart',
      ],
      ...[
        '--restart',
        'on-failure:4',
        '--init',
        '--entrypoint',
        '',
        '--stop-timeout',
        '7',
        '--device',
        '/dev/fuse:r',
        '--gpus',
        'all',
      ],
      ...[
        '--device',
        'vendor.com/gpu=0',
        '--add-host',
        'h=[::1]',
        '--sysctl',
        'net.core.somaxconn=5',
        '--annotation',
        'a=b',
        'x',
      ],
    );
    assert.deepEqual(made.Healthcheck, { Test: ['CMD-SHELL', 'curl x'], Interval: 5e9, Retries: 3 });
    assert.deepEqual(made.Entrypoint, ['']);
    assert.equal(made.StopTimeout, 7);
    const { HealthOnFailure, RestartPolicy, Init, Devices, DeviceRequests, ExtraHosts, Sysctls, Annotations } =
      made.HostConfig;
    assert.equal(HealthOnFailure, 'restart');
    assert.deepEqual(RestartPolicy, { Name: 'on-failure', MaximumRetryCount: 4 });
    assert.equal(Init, true);
    assert.deepEqual(Devices, [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'r' }]);
    assert.deepEqual(DeviceRequests, [
      { Driver: '', Count: -1, DeviceIDs: [], Capabilities: [['gpu']], Options: {} },
      { Driver: 'cdi', DeviceIDs: ['vendor.com/gpu=0'] },
    ]);
    assert.deepEqual(ExtraHosts, ['h:::1']);
    assert.deepEqual(Sysctls, { 'net.core.somaxconn': '5' });
    assert.deepEqual(Annotations, { a: 'b' });
  });

  it('mounts by --mount', async () => {
    const { HostConfig } = await body(
      ...['--mount', 'type=bind,src=/a,dst=/b,readonly,bind-propagation=rslave'],
      ...['--mount', 'source=v,target=/v,volume-nocopy,volume-label=k=v,"volume-opt=o=addr=1,rw",volume-driver=local'],
      ...['--mount', 'type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1777', '--mount', 'type=image,src=app,dst=/i', 'x'],
    );
    assert.deepEqual(HostConfig.Mounts, [
      { Type: 'bind', Source: '/a', Target: '/b', ReadOnly: true, BindOptions: { Propagation: 'rslave' } },
      {
        Type: 'volume',
        Source: 'v',
        Target: '/v',
        VolumeOptions: {
          NoCopy: true,
          Labels: { k: 'v' },
          DriverConfig: { Options: { o: 'addr=1,rw' }, Name: 'local' },
        },
      },
      { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1_048_576, Mode: 0o1777 } },
      { Type: 'image', Source: 'app', Target: '/i' },
    ]);
  });

  for (const [argv, message] of [
    [['--mount', 'type=bind,dst=/x', 'i'], /src is missing/],
    [['--mount', 'type=bind,src=/x', 'i'], /dst is missing/],
    [['--mount', 'type=nfs,dst=/x', 'i'], /type must be/],
    [['--mount', 'tpye=bind', 'i'], /unknown key "tpye"/],
    [['--mount', 'type=tmpfs,src=/x,dst=/y', 'i'], /has no src/],
    [['-p', '99999:80', 'i'], /1 to 65535/],
    [['-p', '80-81:80-82', 'i'], /same length/],
    [['-p', '80/icmp', 'i'], /tcp, udp or sctp/],
    [['-p', 'a:b:c:d', 'i'], /write \[IP:\]/],
    [['--restart', 'sometimes', 'i'], /--restart sometimes/],
    [['--restart', 'always:3', 'i'], /on-failure only/],
    [['--rm', '--restart', 'always', 'i'], /contradict/],
    [['--memory', '-5', 'i'], /no size/],
    [['--ulimit', 'nofile=20:10', 'i'], /above the hard limit/],
    [['--device', '/dev/a:/b:rwz', 'i'], /--device/],
    [['--health-cmd', 'x', '--no-healthcheck', 'i'], /contradicts/],
    [['--health-on-failure', 'explode', 'i'], /none, restart, kill or stop/],
    [['--network', 'host', '--ip', '1.2.3.4', 'i'], /--ip needs a network/],
    [['--network', 'name=', 'i'], /name is missing/],
    [['--add-host', 'x', 'i'], /NAME:ADDRESS/],
    [['-a', 'stdio', 'i'], /stdin, stdout or stderr/],
    [['--env-file', '/nonexistent', 'i'], /cannot read/],
    [['--security-opt', 'seccomp=/nonexistent', 'i'], /cannot read/],
    [['-e', '=x', 'i'], /no name/],
    [[''], /image is empty/],
  ] as const) {
    it(`refuses ${argv.join(' ')}`, () => assert.rejects(() => body(...argv), message));
  }
});
