/** `mounts` of config.json: the file systems every container has, then the user's in order of depth. */
import type { OciMount } from '../oci-spec.ts';
import type { SpecInput } from './input.ts';
import { namespaceMode, sharesHost } from './namespaces.ts';
import { userMount } from './user-mounts.ts';

const DEFAULT_SHM_BYTES = 64 * 1024 * 1024;
const QUIET = ['nosuid', 'noexec', 'nodev'];

function ownsUserNamespace(input: SpecInput): boolean {
  return !sharesHost(input, 'user');
}

/** proc can only be mounted by the owner of the PID namespace; elsewhere the host's is bound. */
function procMount(input: SpecInput): OciMount {
  if (ownsUserNamespace(input) && namespaceMode(input, 'pid') !== 'private') {
    return { destination: '/proc', type: 'bind', source: '/proc', options: ['rbind', ...QUIET] };
  }
  return { destination: '/proc', type: 'proc', source: 'proc', options: QUIET };
}

/** sysfs can only be mounted by the owner of the network namespace; elsewhere the host's is bound. */
function sysMount(input: SpecInput): OciMount {
  const access = input.security.privileged ? 'rw' : 'ro';
  if (ownsUserNamespace(input) && namespaceMode(input, 'network') !== 'private') {
    return { destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', ...QUIET, access] };
  }
  return { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...QUIET, access] };
}

function cgroupMount(input: SpecInput): OciMount {
  const access = input.security.privileged ? 'rw' : 'ro';
  return { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...QUIET, access] };
}

function shmMount(input: SpecInput): OciMount {
  const bind = sharesHost(input, 'ipc') ? '/dev/shm' : input.shmPath;
  if (bind !== undefined) return { destination: '/dev/shm', type: 'bind', source: bind, options: ['rbind', ...QUIET] };
  const size = `size=${input.shmSizeBytes || DEFAULT_SHM_BYTES}`;
  return { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: [...QUIET, 'mode=1777', size] };
}

function mqueueMount(input: SpecInput): OciMount {
  if (ownsUserNamespace(input) && namespaceMode(input, 'ipc') !== 'private') {
    return { destination: '/dev/mqueue', type: 'bind', source: '/dev/mqueue', options: ['rbind', ...QUIET] };
  }
  return { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: QUIET };
}

function ptsMount(input: SpecInput): OciMount {
  const gids = input.idMappings?.gid ?? [];
  const isMapped = gids.some(({ containerID, size }) => containerID <= 5 && 5 < containerID + size);
  const gid = !ownsUserNamespace(input) || isMapped ? ['gid=5'] : [];
  const options = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', ...gid];
  return { destination: '/dev/pts', type: 'devpts', source: 'devpts', options };
}

function defaultMounts(input: SpecInput): OciMount[] {
  const devOptions = ['nosuid', 'strictatime', 'mode=755', 'size=65536k'];
  return [
    procMount(input),
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: devOptions },
    ptsMount(input),
    sysMount(input),
    cgroupMount(input),
    mqueueMount(input),
    shmMount(input),
  ];
}

function initMount(path: string): OciMount {
  return { destination: '/sbin/docker-init', type: 'bind', source: path, options: ['bind', 'ro', 'nosuid', 'nodev'] };
}

function cdiMounts(input: SpecInput): OciMount[] {
  return (input.cdi?.mounts ?? []).map((mount) => ({
    destination: mount.containerPath,
    source: mount.hostPath,
    type: mount.type ?? 'bind',
    options: mount.options ?? ['ro', 'nosuid', 'nodev', 'rbind', 'rprivate'],
  }));
}

function depth(mount: OciMount): number {
  return mount.destination.split('/').filter(Boolean).length;
}

/**
 * Default mounts that the user did not replace, then the others, shallow before deep, so that none hides another.
 * A user mount on /dev replaces everything below /dev too.
 */
export function generateMounts(input: SpecInput): OciMount[] {
  const user = [...cdiMounts(input), ...input.mounts.map((mount) => userMount(mount, input.features))];
  if (input.initPath !== undefined) user.push(initMount(input.initPath));
  user.sort((left, right) => depth(left) - depth(right));
  const taken = new Set(user.map((mount) => mount.destination));
  const isReplaced = ({ destination }: OciMount) =>
    taken.has(destination) || (taken.has('/dev') && destination.startsWith('/dev/'));
  return [...defaultMounts(input).filter((mount) => !isReplaced(mount)), ...user];
}

/** `linux.rootfsPropagation`: mounts can only pass through a root that lets them. */
export function rootfsPropagation(input: SpecInput): string | undefined {
  const wanted = input.mounts.map((mount) => (mount.type === 'bind' ? (mount.propagation ?? '') : ''));
  if (wanted.some((mode) => mode.endsWith('shared'))) return 'shared';
  return wanted.some((mode) => mode.endsWith('slave')) ? 'rslave' : undefined;
}
