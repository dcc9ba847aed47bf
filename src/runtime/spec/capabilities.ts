import { HakoError } from '#base';
import type { OciCapabilities } from '../oci-spec.ts';
import type { ProcessInput } from './input.ts';

/** Every capability of capabilities(7); the index is its number in the kernel. */
export const CAPABILITIES: readonly string[] = `
  CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
  NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
  SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
  MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`
  .trim()
  .split(/\s+/)
  .map((name) => `CAP_${name}`);

/** What Docker gives to a container that asks for nothing. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

function normalize(name: string): string {
  const upper = name.trim().toUpperCase();
  if (upper === 'ALL' || upper === 'CAP_ALL') return 'ALL';
  const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (CAPABILITIES.includes(full)) return full;
  throw new HakoError('invalid', `unknown capability "${name}": see capabilities(7) for the names, or use ALL`);
}

function refuseUnavailable(added: ReadonlySet<string>, available: readonly string[]): void {
  const missing = [...added].filter((name) => name !== 'ALL' && !available.includes(name));
  if (missing.length === 0) return;
  throw new HakoError('failed_precondition', `${missing.join(', ')} cannot be given: the daemon itself lacks it here`);
}

/**
 * The capabilities that `--cap-add`, `--cap-drop` and `--privileged` leave, in the kernel's order. Names are taken with
 * or without `CAP_`, in any case; `ALL` stands for every one. An added name beats `drop ALL`, a dropped one beats `add ALL`.
 * Only what is `available` is given. Throws `invalid` for an unknown name, `failed_precondition` for one that was asked for
 * by name and that the daemon itself lacks.
 */
export function resolveCapabilities(
  add: readonly string[],
  drop: readonly string[],
  privileged: boolean,
  available: readonly string[] = CAPABILITIES,
): string[] {
  const added = new Set(add.map(normalize));
  const dropped = new Set(drop.map(normalize));
  if (privileged) return [...available];
  refuseUnavailable(added, available);
  if (dropped.has('ALL')) return available.filter((name) => added.has(name));
  const isBase = (name: string) => added.has('ALL') || DEFAULT_CAPABILITIES.includes(name);
  return available.filter((name) => (isBase(name) && !dropped.has(name)) || (added.has(name) && !dropped.has(name)));
}

/**
 * The sets of a process. Inheritable and ambient stay empty (CVE-2022-24769); a user other than root begins without
 * effective ones, as execve(2) would leave it, and can regain them through file capabilities within the bounding set.
 */
export function capabilitySets(capabilities: string[], user: ProcessInput['user']): OciCapabilities {
  const own = user.uid === 0 ? capabilities : [];
  return { bounding: capabilities, effective: own, permitted: own, inheritable: [], ambient: [] };
}
