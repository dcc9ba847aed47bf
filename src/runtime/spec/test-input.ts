/** For tests: an input of `generateSpec` for a plain container on a plain machine. */
import { CAPABILITIES } from './capabilities.ts';
import type { HostFacts, SpecInput } from './input.ts';

export const TEST_HOST: HostFacts = {
  cgroupVersion: 2,
  kernel: [6, 1],
  arch: 'x64',
  capabilities: CAPABILITIES,
  devices: [{ type: 'c', path: '/dev/fuse', major: 10, minor: 229, permissions: 'rwm' }],
  maxOpenFiles: 1_048_576,
  memoryBytes: 8e9,
  cpus: 2,
  swapAccounting: true,
  apparmor: false,
};

export function testInput(changes: Partial<SpecInput> = {}): SpecInput {
  return {
    id: '0123456789abcdef',
    rootfs: { path: '/rootfs', readonly: false },
    process: {
      args: ['sh'],
      env: ['PATH=/bin'],
      cwd: '/',
      user: { uid: 0, gid: 0, additionalGids: [] },
      terminal: false,
    },
    security: { privileged: false, capAdd: [], capDrop: [], noNewPrivileges: false, seccomp: 'unconfined' },
    namespaces: {},
    mounts: [],
    cgroupsPath: '/hako/0123456789abcdef',
    host: TEST_HOST,
    features: { recursiveReadonly: true },
    ...changes,
  };
}
