/** Docker's seccomp profile format: OCI's plus conditions (https://docs.docker.com/engine/security/seccomp/). */
import { HakoError } from '#base';
import type { OciSeccompAction, OciSyscall } from '../oci-spec.ts';
import { parseWide } from '../serialize.ts';

export interface SeccompProfile {
  defaultAction: OciSeccompAction;
  defaultErrnoRet?: number;
  /** The native architecture and those whose programs it also runs. */
  archMap?: { architecture: string; subArchitectures?: string[] | null }[];
  /** OCI's own field; excludes `archMap`. */
  architectures?: string[];
  flags?: string[];
  listenerPath?: string;
  listenerMetadata?: string;
  syscalls: SeccompRule[];
}

export interface SeccompRule extends OciSyscall {
  /** Applies only where all of these hold. */
  includes?: SeccompCondition;
  /** Does not apply where any of these holds. */
  excludes?: SeccompCondition;
}

export interface SeccompCondition {
  caps?: string[];
  /** Go's names: `amd64`, `arm64`, `s390x`. */
  arches?: string[];
  /** `4.8` */
  minKernel?: string;
}

const ACTIONS = new Set<string>(
  ['ALLOW', 'ERRNO', 'KILL', 'KILL_PROCESS', 'KILL_THREAD', 'LOG', 'NOTIFY', 'TRACE', 'TRAP'].map(
    (a) => `SCMP_ACT_${a}`,
  ),
);
const OPERATORS = new Set<string>(['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'].map((o) => `SCMP_CMP_${o}`));

function refuse(problem: string): never {
  throw new HakoError('invalid', `Decoding seccomp profile failed: ${problem}`);
}

function asObject(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(`${where} must be an object`);
  return value as Record<string, unknown>;
}

function asList(value: unknown, where: string): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : refuse(`${where} must be a list`);
}

function asStrings(value: unknown, where: string): string[] {
  const list = asList(value, where);
  return list.every((item) => typeof item === 'string') ? (list as string[]) : refuse(`${where} must hold strings`);
}

function asAction(value: unknown, where: string): OciSeccompAction {
  return ACTIONS.has(String(value)) ? (value as OciSeccompAction) : refuse(`${where}: unknown action "${value}"`);
}

function parseArgument(value: unknown): NonNullable<OciSyscall['args']>[number] {
  const { index, value: first, valueTwo, op } = asObject(value, 'args');
  if (!OPERATORS.has(String(op))) refuse(`unknown operator "${op}"`);
  for (const number of [index, first, valueTwo ?? 0]) {
    if (typeof number !== 'number' && typeof number !== 'bigint') refuse('index, value and valueTwo must be numbers');
  }
  return { index, value: first, valueTwo: valueTwo ?? 0, op } as NonNullable<OciSyscall['args']>[number];
}

function parseCondition(value: unknown): SeccompCondition {
  if (value === undefined || value === null) return {};
  const { caps, arches, minKernel } = asObject(value, 'includes and excludes');
  const parsed: SeccompCondition = { caps: asStrings(caps, 'caps'), arches: asStrings(arches, 'arches') };
  if (minKernel === undefined) return parsed;
  if (!/^\d+\.\d+$/.test(String(minKernel))) refuse(`minKernel "${minKernel}" must look like 4.8`);
  return { ...parsed, minKernel: String(minKernel) };
}

function parseRule(value: unknown): SeccompRule {
  const rule = asObject(value, 'syscalls');
  const single = typeof rule.name === 'string' && rule.name !== '' ? [rule.name] : [];
  const names = [...single, ...asStrings(rule.names, 'names')];
  if (names.length === 0) refuse('a rule of syscalls has neither name nor names');
  return {
    names,
    action: asAction(rule.action, names.join(' ')),
    ...(typeof rule.errnoRet === 'number' ? { errnoRet: rule.errnoRet } : {}),
    args: asList(rule.args, 'args').map(parseArgument),
    includes: parseCondition(rule.includes),
    excludes: parseCondition(rule.excludes),
  };
}

function parseArchMap(value: unknown): NonNullable<SeccompProfile['archMap']> {
  return asList(value, 'archMap').map((entry) => {
    const { architecture, subArchitectures } = asObject(entry, 'archMap');
    return { architecture: String(architecture), subArchitectures: asStrings(subArchitectures, 'subArchitectures') };
  });
}

/** Parses a profile in Docker's or OCI's format; throws `invalid` where it is malformed. */
export function parseSeccompProfile(text: string): SeccompProfile {
  let parsed: unknown;
  try {
    parsed = parseWide(text);
  } catch (cause) {
    throw new HakoError('invalid', 'Decoding seccomp profile failed: it is not JSON', { cause });
  }
  const profile = asObject(parsed, 'the profile');
  const archMap = parseArchMap(profile.archMap);
  const architectures = asStrings(profile.architectures, 'architectures');
  if (archMap.length > 0 && architectures.length > 0) {
    refuse("'architectures' and 'archMap' were specified in the seccomp profile, use either of them");
  }
  return {
    defaultAction: asAction(profile.defaultAction, 'defaultAction'),
    ...(typeof profile.defaultErrnoRet === 'number' ? { defaultErrnoRet: profile.defaultErrnoRet } : {}),
    archMap,
    architectures,
    flags: asStrings(profile.flags, 'flags'),
    ...(typeof profile.listenerPath === 'string' ? { listenerPath: profile.listenerPath } : {}),
    ...(typeof profile.listenerMetadata === 'string' ? { listenerMetadata: profile.listenerMetadata } : {}),
    syscalls: asList(profile.syscalls, 'syscalls').map(parseRule),
  };
}
