import { isIP } from 'node:net';
import { securityOf } from '../process/security.ts';
import type { HostConfig } from '../spec.ts';
import { isCapability } from './capabilities.ts';
import { ensure, ensureNoNul } from './check.ts';

/** Checks the host-side wishes: namespaces, capabilities, names, sysctls, tmpfs. */
export function validateHost(host: HostConfig): void {
  validateNamespaces(host);
  for (const [field, names] of [
    ['CapAdd', host.CapAdd],
    ['CapDrop', host.CapDrop],
  ] as const) {
    for (const name of names ?? [])
      ensure(
        isCapability(name),
        `invalid ${field}: unknown capability: "CAP_${name.toUpperCase().replace(/^CAP_/, '')}"`,
      );
  }
  for (const entry of host.ExtraHosts ?? []) validateExtraHost(entry);
  for (const server of host.Dns ?? []) ensure(isIP(server.split('%')[0] ?? '') !== 0, `invalid IP address: ${server}`);
  ensure((host.ShmSize ?? 0) >= 0, 'SHM size can not be less than 0');
  const score = host.OomScoreAdj ?? 0;
  ensure(score >= -1000 && score <= 1000, `Invalid value ${score}, range for oom score adj is [-1000, 1000]`);
  for (const name of Object.keys(host.Sysctls ?? {})) validateSysctl(name, host);
  for (const key of Object.keys(host.Annotations ?? {})) {
    ensure(key !== '', 'invalid Annotations: the empty string is not permitted as an annotation key');
  }
  securityOf(host);
  const isolation = host.Isolation ?? '';
  ensure(['', 'default'].includes(isolation), `invalid isolation '${isolation}' on linux`);
  ensureNoNul('option', [...(host.Binds ?? []), ...(host.SecurityOpt ?? []), ...(host.DnsSearch ?? [])]);
}

function validateNamespaces(host: HostConfig): void {
  const container = /^container:.+$/;
  const check = (what: string, mode: string | undefined, allowed: readonly string[], shareable: boolean) => {
    const holds = !mode || allowed.includes(mode) || (shareable && container.test(mode));
    ensure(holds, `invalid ${what}: ${mode}`);
  };
  check('PID mode', host.PidMode, ['host', 'private'], true);
  check('IPC mode', host.IpcMode, ['none', 'private', 'shareable', 'host'], true);
  check('UTS mode', host.UTSMode, ['host', 'private'], false);
  check('cgroup namespace mode', host.CgroupnsMode, ['private', 'host'], false);
  const userns = host.UsernsMode ?? '';
  ensure(
    ['', 'host', 'private', 'auto'].includes(userns),
    `invalid user namespace mode: ${userns}: use host or private`,
  );
  ensure(host.NetworkMode !== 'container:', 'invalid container format container:<name|id>');
}

function validateExtraHost(entry: string): void {
  const separator = entry.search(/[:=]/);
  const address = entry.slice(separator + 1).replace(/^\[(.*)\]$/, '$1');
  ensure(separator > 0 && address !== '', `bad format for add-host: "${entry}"`);
  ensure(address === 'host-gateway' || isIP(address) !== 0, `invalid IP address in add-host: "${address}"`);
}

const SYSCTL = /^[a-zA-Z0-9_-]+([./][a-zA-Z0-9_\-@:]+)+$/;
const NAMESPACED = /^(net\.|fs\.mqueue\.|kernel\.(msg|sem|shm)|kernel\.(domainname|hostname)$)/;

/** Only sysctls that a namespace of the container owns: any other would change the host. */
function validateSysctl(name: string, host: HostConfig): void {
  ensure(SYSCTL.test(name), `invalid sysctl '${name}'`);
  const dotted = name.replaceAll('/', '.');
  ensure(NAMESPACED.test(dotted), `sysctl '${name}' is not allowed: it is not separate for a container`);
  const sharesNetwork = host.NetworkMode === 'host' && dotted.startsWith('net.');
  ensure(!sharesNetwork, `sysctl '${name}' not allowed as the network namespace is the host's`);
  const sharesIpc = host.IpcMode === 'host' && /^(fs\.mqueue\.|kernel\.(msg|sem|shm))/.test(dotted);
  ensure(!sharesIpc, `sysctl '${name}' not allowed as the IPC namespace is the host's`);
}
