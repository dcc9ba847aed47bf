import type { OciSeccomp } from '../oci-spec.ts';
import type { HostFacts, SecurityInput } from '../spec/input.ts';
import { DEFAULT_PROFILE } from './default-profile.ts';
import { parseSeccompProfile } from './profile.ts';
import { resolveSeccomp } from './resolve.ts';

/** Resolved default profiles; few sets of capabilities are ever used. */
const resolved = new Map<string, OciSeccomp>();
const MAX_RESOLVED = 64;

function defaultSeccomp(capabilities: readonly string[], host: HostFacts): OciSeccomp {
  const key = `${host.arch} ${host.kernel.join('.')} ${capabilities.join(' ')}`;
  const known = resolved.get(key);
  if (known !== undefined) return known;
  const seccomp = resolveSeccomp(DEFAULT_PROFILE, { capabilities, arch: host.arch, kernel: host.kernel });
  if (resolved.size >= MAX_RESOLVED) resolved.clear();
  resolved.set(key, seccomp);
  return seccomp;
}

/**
 * `linux.seccomp` of a container; undefined where it is unconfined. A privileged container is unconfined unless it brings
 * a profile. Throws `invalid` for a malformed profile.
 */
export function generateSeccomp(
  security: SecurityInput,
  capabilities: readonly string[],
  host: HostFacts,
): OciSeccomp | undefined {
  const { seccomp, privileged } = security;
  if (seccomp === 'unconfined' || (seccomp === 'default' && privileged)) return undefined;
  if (seccomp === 'default') return defaultSeccomp(capabilities, host);
  const subject = { capabilities, arch: host.arch, kernel: host.kernel };
  return resolveSeccomp(parseSeccompProfile(seccomp.profile), subject);
}
