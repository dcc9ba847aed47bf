import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isHakoError } from '#base';
import type { OciSeccomp } from '../oci-spec.ts';
import { DEFAULT_CAPABILITIES } from '../spec/capabilities.ts';
import { TEST_HOST, testInput } from '../spec/test-input.ts';
import { compileSeccomp } from './compile.ts';
import { generateSeccomp } from './generate.ts';
import { parseSeccompProfile } from './profile.ts';
import { resolveSeccomp } from './resolve.ts';

const { security } = testInput();

function defaultProfile(capabilities: readonly string[] = DEFAULT_CAPABILITIES, arch = 'x64'): OciSeccomp {
  const seccomp = generateSeccomp({ ...security, seccomp: 'default' }, capabilities, { ...TEST_HOST, arch });
  assert.ok(seccomp);
  return seccomp;
}

function allowed(seccomp: OciSeccomp): Set<string> {
  const rules = seccomp.syscalls ?? [];
  return new Set(rules.filter(({ action }) => action === 'SCMP_ACT_ALLOW').flatMap(({ names }) => names));
}

describe('default seccomp profile', () => {
  it('blocks what reaches beyond the container', () => {
    const names = allowed(defaultProfile());
    const blocked = [
      'mount',
      'unshare',
      'setns',
      'keyctl',
      'add_key',
      'bpf',
      'io_uring_setup',
      'kexec_load',
      'swapon',
      'clone3',
    ];
    for (const name of blocked) assert.equal(names.has(name), false, name);
    for (const name of ['read', 'execve', 'socket', 'clone', 'ptrace', 'chroot', 'statx'])
      assert.ok(names.has(name), name);
  });

  it('opens with a capability what it stands for', () => {
    const names = allowed(defaultProfile([...DEFAULT_CAPABILITIES, 'CAP_SYS_ADMIN']));
    for (const name of ['mount', 'unshare', 'setns', 'clone3']) assert.ok(names.has(name), name);
    const clone3 = defaultProfile().syscalls?.find((rule) => rule.names.includes('clone3'));
    assert.deepEqual(clone3, { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 });
  });

  it('knows the architectures that programs of this one may have', () => {
    assert.deepEqual(defaultProfile().architectures, ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']);
    const arm = defaultProfile(DEFAULT_CAPABILITIES, 'arm64');
    assert.deepEqual(arm.architectures, ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']);
    assert.equal(allowed(arm).has('arch_prctl'), false);
    assert.ok(allowed(arm).has('cacheflush'));
  });

  it('is not used for privileged or unconfined containers', () => {
    assert.equal(generateSeccomp({ ...security, seccomp: 'unconfined' }, [], TEST_HOST), undefined);
    assert.equal(generateSeccomp({ ...security, seccomp: 'default', privileged: true }, [], TEST_HOST), undefined);
  });

  it('compiles to a BPF program, the same one every time', () => {
    const program = compileSeccomp(defaultProfile());
    if (program === undefined) return;
    const bytes = Buffer.from(program, 'base64');
    assert.equal(bytes.length % 8, 0);
    assert.ok(bytes.length > 800 && bytes.length < 4096 * 8);
    assert.equal(compileSeccomp(structuredClone(defaultProfile())), program);
  });
});

describe('custom seccomp profiles', () => {
  const profile = parseSeccompProfile(
    JSON.stringify({
      defaultAction: 'SCMP_ACT_ALLOW',
      archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
      syscalls: [
        { name: 'chmod', action: 'SCMP_ACT_ERRNO', errnoRet: 13 },
        { names: ['a'], action: 'SCMP_ACT_ERRNO', includes: { caps: ['CAP_KILL'] } },
        { names: ['b'], action: 'SCMP_ACT_ERRNO', excludes: { caps: ['CAP_KILL'] } },
        { names: ['c'], action: 'SCMP_ACT_ERRNO', includes: { arches: ['arm64'] } },
        { names: ['d'], action: 'SCMP_ACT_ERRNO', includes: { minKernel: '5.19' } },
        { names: ['e'], action: 'SCMP_ACT_ERRNO', includes: { minKernel: '6.2' } },
      ],
    }),
  );

  it('are resolved for the capabilities, architecture and kernel of the container', () => {
    const resolved = resolveSeccomp(profile, { capabilities: ['CAP_KILL'], arch: 'x64', kernel: [6, 1] });
    assert.deepEqual(resolved, {
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'],
      syscalls: [
        { names: ['chmod'], action: 'SCMP_ACT_ERRNO', errnoRet: 13 },
        { names: ['a'], action: 'SCMP_ACT_ERRNO' },
        { names: ['d'], action: 'SCMP_ACT_ERRNO' },
      ],
    });
  });

  it('keep arguments of 64 bits', () => {
    const text =
      '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["lseek"],"action":"SCMP_ACT_KILL","args":[{"index":1,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]}';
    assert.equal(parseSeccompProfile(text).syscalls[0]?.args?.[0]?.value, 2n ** 64n - 1n);
  });

  it('are refused where they are malformed', () => {
    const refused = [
      '{',
      '[]',
      '{}',
      '{"defaultAction":"SCMP_ACT_MAYBE"}',
      '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":{}}',
      '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"action":"SCMP_ACT_KILL"}]}',
      '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"a","action":"SCMP_ACT_KILL","args":[{"index":0,"value":0,"op":"X"}]}]}',
      '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86"],"archMap":[{"architecture":"SCMP_ARCH_X86_64"}]}',
    ];
    for (const text of refused)
      assert.throws(
        () => parseSeccompProfile(text),
        (error) => isHakoError(error, 'invalid'),
      );
  });
});
