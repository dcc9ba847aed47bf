import type { OciSeccomp, OciSyscall } from '../oci-spec.ts';
import type { SeccompCondition, SeccompProfile, SeccompRule } from './profile.ts';

/** What the conditions of a profile are judged against. */
export interface SeccompSubject {
  /** The bounding set, with `CAP_`. */
  capabilities: readonly string[];
  /** `process.arch`. */
  arch: string;
  kernel: readonly [major: number, minor: number];
}

/** Node's names of architectures as Go's, which profiles use, and as libseccomp's. */
const ARCHITECTURES: Record<string, { go: string; libseccomp: string }> = {
  x64: { go: 'amd64', libseccomp: 'SCMP_ARCH_X86_64' },
  ia32: { go: 'x86', libseccomp: 'SCMP_ARCH_X86' },
  arm64: { go: 'arm64', libseccomp: 'SCMP_ARCH_AARCH64' },
  arm: { go: 'arm', libseccomp: 'SCMP_ARCH_ARM' },
  riscv64: { go: 'riscv64', libseccomp: 'SCMP_ARCH_RISCV64' },
  s390x: { go: 's390x', libseccomp: 'SCMP_ARCH_S390X' },
  ppc64: { go: 'ppc64le', libseccomp: 'SCMP_ARCH_PPC64LE' },
};

function kernelIsAtLeast(subject: SeccompSubject, minimum: string): boolean {
  const [major = 0, minor = 0] = minimum.split('.').map(Number);
  const [ownMajor, ownMinor] = subject.kernel;
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

function includes(condition: SeccompCondition, subject: SeccompSubject): boolean {
  const arch = ARCHITECTURES[subject.arch]?.go ?? subject.arch;
  if (condition.arches?.length && !condition.arches.includes(arch)) return false;
  if (!(condition.caps ?? []).every((capability) => subject.capabilities.includes(capability))) return false;
  return condition.minKernel === undefined || kernelIsAtLeast(subject, condition.minKernel);
}

function excludes(condition: SeccompCondition, subject: SeccompSubject): boolean {
  const arch = ARCHITECTURES[subject.arch]?.go ?? subject.arch;
  if (condition.arches?.includes(arch)) return true;
  if ((condition.caps ?? []).some((capability) => subject.capabilities.includes(capability))) return true;
  return condition.minKernel !== undefined && kernelIsAtLeast(subject, condition.minKernel);
}

function toSyscall({ names, action, errnoRet, args }: SeccompRule): OciSyscall {
  return {
    names,
    action,
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args === undefined || args.length === 0 ? {} : { args }),
  };
}

function architectures(profile: SeccompProfile, subject: SeccompSubject): string[] | undefined {
  if (profile.architectures?.length) return profile.architectures;
  const native = ARCHITECTURES[subject.arch]?.libseccomp;
  const entry = profile.archMap?.find(({ architecture }) => architecture === native);
  return entry === undefined ? undefined : [entry.architecture, ...(entry.subArchitectures ?? [])];
}

/** `linux.seccomp`: the rules of a profile whose conditions hold for this container on this host. */
export function resolveSeccomp(profile: SeccompProfile, subject: SeccompSubject): OciSeccomp {
  const rules = profile.syscalls.filter(
    (rule) => includes(rule.includes ?? {}, subject) && !excludes(rule.excludes ?? {}, subject),
  );
  const arches = architectures(profile, subject);
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    ...(arches === undefined ? {} : { architectures: arches }),
    ...(profile.flags?.length ? { flags: profile.flags } : {}),
    ...(profile.listenerPath ? { listenerPath: profile.listenerPath } : {}),
    ...(profile.listenerMetadata ? { listenerMetadata: profile.listenerMetadata } : {}),
    syscalls: rules.map(toSyscall),
  };
}
