/** Binds and tmpfs mounts of the user as OCI mounts. */
import { posix } from 'node:path';
import { HakoError } from '#base';
import type { OciMount } from '../oci-spec.ts';
import type { BindMountInput, MountInput, RuntimeFeatures, TmpfsMountInput } from './input.ts';

const FLAG_PAIRS: readonly (readonly [string, string])[] = [
  ['exec', 'noexec'],
  ['suid', 'nosuid'],
  ['dev', 'nodev'],
  ['rw', 'ro'],
  ['atime', 'noatime'],
  ['diratime', 'nodiratime'],
  ['async', 'sync'],
  ['relatime', 'norelatime'],
  ['strictatime', 'nostrictatime'],
];
const FLAGS = new Set([...FLAG_PAIRS.flat(), 'defaults', 'dirsync', 'mand', 'nomand', 'remount', 'tmpcopyup']);
const VALUES = new Set(['size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol']);

/** A clean absolute path; throws `invalid` for a relative one and for the root itself. */
function cleanDestination(path: string): string {
  if (!path.startsWith('/')) throw new HakoError('invalid', `mount path "${path}" must be absolute`);
  if (path.includes('\0')) throw new HakoError('invalid', `mount path "${path}" contains a NUL byte`);
  const clean = posix.normalize(path).replace(/(?<=.)\/+$/, '');
  if (clean === '/') throw new HakoError('invalid', `mount path "${path}" is the root: mount below it`);
  return clean;
}

function readonlyOption(mount: BindMountInput, features: RuntimeFeatures): string {
  if (!mount.readonly) return 'rw';
  const recursion = mount.readonlyRecursion ?? 'if-possible';
  if (recursion === 'force' && !features.recursiveReadonly) {
    throw new HakoError('unsupported', `${mount.destination}: this runtime cannot make mounts read-only recursively`);
  }
  return recursion !== 'never' && features.recursiveReadonly && !mount.nonRecursive ? 'rro' : 'ro';
}

function bindMount(mount: BindMountInput, features: RuntimeFeatures): OciMount {
  if (!mount.source.startsWith('/')) throw new HakoError('invalid', `bind source "${mount.source}" must be absolute`);
  const kind = mount.nonRecursive ? 'bind' : 'rbind';
  const options = [kind, readonlyOption(mount, features), mount.propagation ?? 'rprivate', ...(mount.options ?? [])];
  return { destination: cleanDestination(mount.destination), type: 'bind', source: mount.source, options };
}

/** Applies the user's words to a set of flags: a flag replaces its opposite, a value replaces an earlier one. */
function mergeOptions(base: string[], asked: readonly string[]): string[] {
  const options = new Map(base.map((option) => [option, option]));
  for (const option of asked) {
    const [key = '', value] = option.split('=', 2);
    if (value === undefined ? !FLAGS.has(key) : !VALUES.has(key)) {
      throw new HakoError('invalid', `invalid tmpfs option ${JSON.stringify(option)}`);
    }
    for (const pair of FLAG_PAIRS.filter((flags) => flags.includes(key))) {
      for (const flag of pair) options.delete(flag);
    }
    options.set(key, option);
  }
  return [...options.values()];
}

function tmpfsMount(mount: TmpfsMountInput): OciMount {
  const asked = (mount.options ?? []).filter((option) => option !== '');
  const options = mergeOptions(['noexec', 'nosuid', 'nodev'], asked);
  return { destination: cleanDestination(mount.destination), type: 'tmpfs', source: 'tmpfs', options };
}

/** One mount of the user; throws `invalid` for a path or an option that cannot be, `unsupported` for `rro` by force. */
export function userMount(mount: MountInput, features: RuntimeFeatures): OciMount {
  return mount.type === 'bind' ? bindMount(mount, features) : tmpfsMount(mount);
}
