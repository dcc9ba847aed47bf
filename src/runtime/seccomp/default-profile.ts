/** The default seccomp profile, as data. At least as strict as Docker's; see `allowed.ts` for what is always allowed. */

import { ALWAYS_ALLOWED } from './allowed.ts';
import type { SeccompProfile } from './profile.ts';

const ENOSYS = 38;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const NAMESPACE_FLAGS = 0x7e02_0000;
const AF_ALG = 38;
const AF_VSOCK = 40;
/** Linux, 32-bit, and both without address randomisation; all ones asks for the current one. */
const PERSONALITIES = [0, 0x0008, 0x2_0000, 0x2_0008, 0xffff_ffff];

/** What a capability opens. */
const BY_CAPABILITY: Record<string, string> = {
  CAP_DAC_READ_SEARCH: 'open_by_handle_at',
  CAP_SYS_ADMIN: `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
    lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd
    setdomainname sethostname setns syslog umount umount2 unshare`,
  CAP_SYS_BOOT: 'reboot',
  CAP_SYS_CHROOT: 'chroot',
  CAP_SYS_MODULE: 'delete_module init_module finit_module',
  CAP_SYS_PACCT: 'acct',
  CAP_SYS_PTRACE: 'kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace',
  CAP_SYS_RAWIO: 'iopl ioperm',
  CAP_SYS_TIME: 'settimeofday stime clock_settime clock_settime64',
  CAP_SYS_TTY_CONFIG: 'vhangup',
  CAP_SYS_NICE: 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node',
  CAP_SYSLOG: 'syslog',
  CAP_BPF: 'bpf',
  CAP_PERFMON: 'perf_event_open',
};

/** What only some architectures have. */
const BY_ARCHITECTURE: readonly { arches: string[]; names: string }[] = [
  { arches: ['ppc64le'], names: 'sync_file_range2 swapcontext' },
  {
    arches: ['arm', 'arm64'],
    names: 'arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls',
  },
  { arches: ['amd64', 'x32'], names: 'arch_prctl' },
  { arches: ['amd64', 'x32', 'x86'], names: 'modify_ldt' },
  { arches: ['s390', 's390x'], names: 's390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr' },
  { arches: ['riscv64'], names: 'riscv_flush_icache' },
];

const words = (names: string) => names.trim().split(/\s+/);
const ALLOW = 'SCMP_ACT_ALLOW';

/** clone without new namespaces; clone3 hides its flags in memory, so it answers ENOSYS and callers fall back to clone. */
const CLONE: SeccompProfile['syscalls'] = [
  {
    names: ['clone'],
    action: ALLOW,
    args: [{ index: 0, value: NAMESPACE_FLAGS, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    excludes: { caps: ['CAP_SYS_ADMIN'], arches: ['s390', 's390x'] },
  },
  {
    names: ['clone'],
    action: ALLOW,
    args: [{ index: 1, value: NAMESPACE_FLAGS, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    includes: { arches: ['s390', 's390x'] },
    excludes: { caps: ['CAP_SYS_ADMIN'] },
  },
  { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS, excludes: { caps: ['CAP_SYS_ADMIN'] } },
];

/** Every address family but two: VSOCK reaches the hypervisor, ALG the kernel's crypto code. Rules of one call are alternatives. */
const SOCKET: SeccompProfile['syscalls'] = [
  { names: ['socket'], action: ALLOW, args: [{ index: 0, value: AF_ALG, op: 'SCMP_CMP_LT' }] },
  { names: ['socket'], action: ALLOW, args: [{ index: 0, value: AF_ALG + 1, op: 'SCMP_CMP_EQ' }] },
  { names: ['socket'], action: ALLOW, args: [{ index: 0, value: AF_VSOCK, op: 'SCMP_CMP_GT' }] },
];

export const DEFAULT_PROFILE: SeccompProfile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: 1,
  archMap: [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
    { architecture: 'SCMP_ARCH_S390X', subArchitectures: ['SCMP_ARCH_S390'] },
    { architecture: 'SCMP_ARCH_RISCV64', subArchitectures: [] },
  ],
  syscalls: [
    { names: [...ALWAYS_ALLOWED], action: ALLOW },
    { names: ['process_vm_readv', 'process_vm_writev', 'ptrace'], action: ALLOW, includes: { minKernel: '4.8' } },
    ...SOCKET,
    ...PERSONALITIES.map((value) => ({
      names: ['personality'],
      action: ALLOW as 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value, op: 'SCMP_CMP_EQ' as const }],
    })),
    ...BY_ARCHITECTURE.map(({ arches, names }) => ({
      names: words(names),
      action: ALLOW as 'SCMP_ACT_ALLOW',
      includes: { arches },
    })),
    ...Object.entries(BY_CAPABILITY).map(([capability, names]) => ({
      names: words(names),
      action: ALLOW as 'SCMP_ACT_ALLOW',
      includes: { caps: [capability] },
    })),
    ...CLONE,
  ],
};
