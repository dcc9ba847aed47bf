import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isHakoError } from '#base';
import { stringifyWide } from '../serialize.ts';
import { generateSpec } from './generate.ts';
import type { SpecInput } from './input.ts';
import { testInput } from './test-input.ts';

/** Compares with golden/<name>.json; HAKO_GOLDEN=write makes the file anew. */
function matchesGolden(name: string, input: SpecInput): void {
  const path = join(import.meta.dirname, 'golden', `${name}.json`);
  const text = `${JSON.stringify(JSON.parse(stringifyWide(generateSpec(input))), undefined, 2)}\n`;
  if (process.env.HAKO_GOLDEN === 'write') writeFileSync(path, text);
  assert.equal(text, readFileSync(path, 'utf8'));
}

const isInvalid = (words: RegExp) => (error: unknown) => isHakoError(error, 'invalid') && words.test(error.message);
const security = testInput().security;

describe('generateSpec', () => {
  it('makes the spec of a plain container', () => matchesGolden('plain', testInput()));

  it('makes the spec of a privileged container', () => {
    matchesGolden('privileged', testInput({ security: { ...security, privileged: true } }));
  });

  it('makes the spec of a container that uses everything', () => {
    const input = testInput({
      rootfs: { path: '/rootfs', readonly: true },
      process: {
        ...testInput().process,
        user: { uid: 1000, gid: 1000, additionalGids: [5] },
        terminal: true,
        consoleSize: { rows: 24, columns: 80 },
        oomScoreAdj: 100,
      },
      hostname: 'web',
      domainname: 'example.org',
      mounts: [
        { type: 'bind', source: '/data/deep', destination: '/srv/a/b', readonly: true },
        { type: 'bind', source: '/data', destination: '/srv', readonly: false, propagation: 'rslave' },
        { type: 'tmpfs', destination: '/run', options: ['size=64m', 'exec'] },
      ],
      devices: [{ type: 'c', path: '/dev/kvm', major: 10, minor: 232, permissions: 'rw' }],
      deviceCgroupRules: ['c 42:* rmw'],
      resources: { memoryBytes: 2 ** 27, nanoCpus: 1_500_000_000, pidsLimit: 50, blkioWeight: 300, cpusetCpus: '0-1' },
      ulimits: [{ name: 'core', soft: -1, hard: -1 }],
      sysctls: { 'net.core.somaxconn': '1024' },
      initPath: '/usr/bin/tini',
      annotations: { key: 'value' },
    });
    matchesGolden('everything', input);
  });

  it('makes the spec of a container in a user namespace on the network of another', () => {
    const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    matchesGolden(
      'user-namespace',
      testInput({
        namespaces: { user: 'private', network: { path: '/run/netns/a' } },
        idMappings: { uid: ids, gid: ids },
      }),
    );
  });

  it('makes the spec of a container that shares what it can with the host', () => {
    const namespaces = { pid: 'host', network: 'host', ipc: 'host', uts: 'host', cgroup: 'host' } as const;
    matchesGolden('host-namespaces', testInput({ namespaces }));
  });

  it('writes unlimited rlimits as the kernel counts them', () => {
    const text = stringifyWide(generateSpec(testInput({ ulimits: [{ name: 'core', soft: -1, hard: -1 }] })));
    assert.ok(text.includes('"type":"RLIMIT_CORE","soft":18446744073709551615,"hard":18446744073709551615'));
  });

  it('lets a user mount take the place of a default one, and /dev of all below it', () => {
    const own = testInput({ mounts: [{ type: 'tmpfs', destination: '/dev/shm/', options: [] }] });
    const shm = generateSpec(own).mounts.filter(({ destination }) => destination === '/dev/shm');
    assert.deepEqual(
      shm.map(({ options }) => options),
      [['noexec', 'nosuid', 'nodev']],
    );
    const dev = testInput({ mounts: [{ type: 'bind', source: '/dev', destination: '/dev', readonly: false }] });
    const below = generateSpec(dev).mounts.filter(({ destination }) => destination.startsWith('/dev'));
    assert.equal(below.length, 1);
  });

  it('refuses what cannot be, in words for the user', () => {
    const refused: [Partial<SpecInput>, RegExp][] = [
      [{ security: { ...security, capAdd: ['NET_ADMINN'] } }, /unknown capability "NET_ADMINN"/],
      [{ mounts: [{ type: 'tmpfs', destination: 'relative' }] }, /must be absolute/],
      [{ mounts: [{ type: 'tmpfs', destination: '/a/..' }] }, /is the root/],
      [{ mounts: [{ type: 'tmpfs', destination: '/a', options: ['bind'] }] }, /invalid tmpfs option "bind"/],
      [{ sysctls: { 'kernel.panic': '1' } }, /not separate/],
      [{ sysctls: { 'net.ipv4.ip_forward': '1' }, namespaces: { network: 'host' } }, /host's network namespace/],
      [{ ulimits: [{ name: 'nofiles', soft: 1, hard: 1 }] }, /invalid ulimit type/],
      [{ ulimits: [{ name: 'nofile', soft: 2, hard: 1 }] }, /less than or equal/],
      [{ namespaces: { user: 'private' } }, /needs uid and gid mappings/],
      [{ deviceCgroupRules: ['c 1:3 rwx'] }, /invalid device cgroup rule/],
      [{ process: { ...testInput().process, args: [] } }, /no command specified/],
    ];
    for (const [changes, words] of refused) assert.throws(() => generateSpec(testInput(changes)), isInvalid(words));
  });
});
