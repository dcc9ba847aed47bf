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
  return filter.compile().toString('base64');
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
