import { isIP } from 'node:net';
import type { ContainerConfig, HostConfig } from '../spec.ts';
import { ensure } from './check.ts';

const PROTOCOLS = new Set(['tcp', 'udp', 'sctp']);

/** Checks `ExposedPorts` and `PortBindings`: `80/tcp`, ranges, host addresses, host ports and their ranges. */
export function validatePorts(config: ContainerConfig, hostConfig: HostConfig): void {
  for (const port of Object.keys(config.ExposedPorts ?? {})) validateContainerPort(port);
  for (const [port, bindings] of Object.entries(hostConfig.PortBindings ?? {})) {
    validateContainerPort(port);
    for (const binding of bindings ?? []) validateBinding(binding.HostIp ?? '', binding.HostPort ?? '');
  }
}

function validateContainerPort(text: string): void {
  const [range = '', protocol = 'tcp'] = text.split('/');
  ensure(
    PROTOCOLS.has(protocol.toLowerCase()),
    `invalid port specification: "${text}": unknown protocol "${protocol}"`,
  );
  ensure(isPortRange(range, 1), `invalid port specification: "${text}"`);
}

function validateBinding(hostIp: string, hostPort: string): void {
  const address = hostIp.startsWith('[') ? hostIp.slice(1, -1) : hostIp;
  ensure(address === '' || isIP(address) !== 0, `invalid IP address: ${hostIp}`);
  ensure(hostPort === '' || isPortRange(hostPort, 0), `invalid port specification: "${hostPort}"`);
}

function isPortRange(text: string, lowest: number): boolean {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return false;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first >= lowest && first <= last && last <= 65535;
}
