/** Profiles compiled ahead of time: libseccomp needs some 8 ms for the default profile, and the result is always the same. */
import { errorMessage, log } from '#base';
import { SeccompFilter } from '#system';
import type { OciSeccomp, OciSeccompAction, OciSyscall } from '../oci-spec.ts';
import { stringifyWide } from '../serialize.ts';

const EPERM = 1;
const OPERATORS = [
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_EQ',
  'SCMP_CMP_GE',
  'SCMP_CMP_GT',
  'SCMP_CMP_MASKED_EQ',
];

/** SECCOMP_RET_* of an action; undefined for those that need more than a program. */
function actionValue(action: OciSeccompAction, errno: number | undefined): number | undefined {
  switch (action) {
    case 'SCMP_ACT_ALLOW':
      return 0x7fff_0000;
    case 'SCMP_ACT_ERRNO':
      return 0x0005_0000 | (errno ?? EPERM);
    case 'SCMP_ACT_KILL':
    case 'SCMP_ACT_KILL_THREAD':
      return 0;
    case 'SCMP_ACT_KILL_PROCESS':
      return 0x8000_0000;
    case 'SCMP_ACT_LOG':
      return 0x7ffc_0000;
    case 'SCMP_ACT_TRAP':
      return 0x0003_0000;
    default:
      return undefined;
  }
}

/** Comparisons of one argument each are alternatives where they name the same argument, else all must hold. */
function alternatives({ args = [] }: OciSyscall): NonNullable<OciSyscall['args']>[] {
  const indexes = args.map(({ index }) => index);
  return new Set(indexes).size === indexes.length ? [args] : args.map((argument) => [argument]);
}

function addSyscall(filter: SeccompFilter, action: number, syscall: OciSyscall): void {
  for (const group of alternatives(syscall)) {
    const comparisons = group.map(({ index, value, valueTwo, op }) => ({
      argument: index,
      op: OPERATORS.indexOf(op) + 1,
      a: BigInt(value),
      b: BigInt(valueTwo ?? 0),
    }));
    for (const name of syscall.names) filter.addRule(action, name, comparisons);
  }
}

/** AUDIT_ARCH_* of the machines whose native system calls the prologue judges. */
const AUDIT_ARCHITECTURES: Partial<Record<NodeJS.Architecture, number>> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };
/** The bit of x32 calls; they are numbered apart. */
const X32_BIT = 0x4000_0000;
const RETURN_ENOSYS = 0x0005_0000 | 38;
const Bpf = { LOAD: 0x20, JUMP_EQ: 0x15, JUMP_GE: 0x35, JUMP_GT: 0x25, RETURN: 0x06 } as const;
const NUMBER_OFFSET = 0;
const ARCHITECTURE_OFFSET = 4;

/** One `struct sock_filter`. */
function instruction(code: number, value: number, whenTrue = 0, whenFalse = 0): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(whenTrue, 2);
  bytes.writeUInt8(whenFalse, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}

/**
 * Answers ENOSYS to system calls that are newer than the profile: C libraries then use the older call that they replace,
 * where EPERM would make them fail (fchmodat2 broke that way, and clone3 before it).
 */
function prologue(highestNumber: number): Buffer[] {
  const architecture = AUDIT_ARCHITECTURES[process.arch];
  if (architecture === undefined) return [];
  return [
    instruction(Bpf.LOAD, ARCHITECTURE_OFFSET),
    instruction(Bpf.JUMP_EQ, architecture, 0, 4),
    instruction(Bpf.LOAD, NUMBER_OFFSET),
    instruction(Bpf.JUMP_GE, X32_BIT, 2, 0),
    instruction(Bpf.JUMP_GT, highestNumber, 0, 1),
    instruction(Bpf.RETURN, RETURN_ENOSYS),
  ];
}

function compile(seccomp: OciSeccomp): string | undefined {
  const defaultAction = actionValue(seccomp.defaultAction, seccomp.defaultErrnoRet);
  if (defaultAction === undefined || seccomp.listenerPath) return undefined;
  using filter = SeccompFilter.create(defaultAction);
  if (filter === undefined) return undefined;
  for (const architecture of seccomp.architectures ?? []) {
    if (!filter.addArchitecture(architecture.replace('SCMP_ARCH_', '').toLowerCase())) return undefined;
  }
  for (const syscall of seccomp.syscalls ?? []) {
    const action = actionValue(syscall.action, syscall.errnoRet);
    if (action === undefined) return undefined;
    if (action !== defaultAction) addSyscall(filter, action, syscall);
  }
  const isAllowList = seccomp.defaultAction === 'SCMP_ACT_ERRNO';
  const head = isAllowList ? prologue(filter.highestNumber) : [];
  return Buffer.concat([...head, filter.compile()]).toString('base64');
}

const compiled = new Map<string, string | undefined>();
const keys = new WeakMap<OciSeccomp, string>();
const MAX_COMPILED = 64;

function keyOf(seccomp: OciSeccomp): string {
  const known = keys.get(seccomp);
  if (known !== undefined) return known;
  const key = stringifyWide(seccomp);
  keys.set(seccomp, key);
  return key;
}

/**
 * The BPF program of a resolved profile in base64, for crun's annotation `run.oci.seccomp_bpf_data`; undefined where the
 * profile needs more than a program, or libseccomp is missing: then the runtime compiles it itself.
 */
export function compileSeccomp(seccomp: OciSeccomp): string | undefined {
  const key = keyOf(seccomp);
  if (compiled.has(key)) return compiled.get(key);
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  try {
    compiled.set(key, compile(seccomp));
  } catch (error) {
    // A rule that libseccomp refuses: let the runtime say so in its own words.
    log.debug('a seccomp profile cannot be compiled ahead', { error: errorMessage(error) });
    compiled.set(key, undefined);
  }
  return compiled.get(key);
}
