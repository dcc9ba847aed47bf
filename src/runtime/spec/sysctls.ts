import { HakoError } from '#base';
import type { NamespaceKind, SpecInput } from './input.ts';
import { namespaceMode, sharesHost } from './namespaces.ts';

const IPC_SYSCTLS = new Set(
  ['msgmax', 'msgmnb', 'msgmni', 'sem', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced'].map((key) => `kernel.${key}`),
);

/** The namespace that a sysctl belongs to; undefined when it is the whole host's. */
function namespaceOf(name: string): NamespaceKind | undefined {
  if (IPC_SYSCTLS.has(name) || name.startsWith('fs.mqueue.')) return 'ipc';
  if (name.startsWith('net.')) return 'network';
  if (name === 'kernel.domainname') return 'uts';
  return undefined;
}

function check(input: SpecInput, name: string): void {
  if (!/^[a-z0-9_-]+([./][a-zA-Z0-9_:@-]+)+$/.test(name)) {
    throw new HakoError('invalid', `sysctl "${name}" is not a name: write it with dots, net.core.somaxconn`);
  }
  const kind = namespaceOf(name.replaceAll('/', '.'));
  if (kind === undefined) {
    throw new HakoError('invalid', `sysctl "${name}" is not separate from the host's: set it on the host instead`);
  }
  if (sharesHost(input, kind)) {
    throw new HakoError('invalid', `sysctl "${name}" is not allowed in the host's ${kind} namespace`);
  }
}

/** Unprivileged ports and ping for everybody, as Docker sets them where the network namespace is the container's own. */
function defaults(input: SpecInput): Record<string, string> {
  const network = namespaceMode(input, 'network');
  const ownsNetwork = network === 'private' || (network !== 'host' && sharesHost(input, 'user'));
  if (!ownsNetwork) return {};
  const sysctls: Record<string, string> = { 'net.ipv4.ip_unprivileged_port_start': '0' };
  // The range must be mapped in the namespace that writes it.
  if (sharesHost(input, 'user')) sysctls['net.ipv4.ping_group_range'] = '0 2147483647';
  return sysctls;
}

/** `linux.sysctl`; throws `invalid` for a sysctl that would change the host. */
export function generateSysctls(input: SpecInput): Record<string, string> {
  const asked = input.sysctls ?? {};
  for (const name of Object.keys(asked)) check(input, name);
  const sysctls = { ...defaults(input), ...asked };
  if (input.domainname && !sharesHost(input, 'uts')) sysctls['kernel.domainname'] ??= input.domainname;
  return sysctls;
}
