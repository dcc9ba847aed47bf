import { isIP } from 'node:net';
import { HakoError } from '#base';
import type { PortRequest, PublishedPort } from '../contract.ts';
import type { Forwarding } from '../firewall/element.ts';
import type { ProxyEntry } from '../helper/zone.ts';

/** What a port is published to, and how this host does it. */
export interface PortSurroundings {
  /** Addresses of the container in the network that leads out; empty where it has none of the family. */
  target: { ipv4: string; ipv6: string };
  hostHasIPv6: boolean;
  /** Published ports shall pass the host's input rules: everything goes through the proxy. */
  obeyHostFirewall: boolean;
  /** Host address for requests that name none; empty means all. */
  defaultHostIp: string;
}

/** One address of the host on which a request listens. */
export interface Binding {
  family: 4 | 6;
  /** `0.0.0.0` and `::` mean all. */
  hostIp: string;
  /** The kernel redirects to this address; empty: only the proxy serves this binding. */
  forwardTo: string;
  /** The helper listens; else a socket of the daemon holds the port. */
  isProxied: boolean;
  /** Where the helper passes on to; empty while the container has no way out. */
  proxyTo: string;
}

/** The host addresses of a request and who serves them; throws `invalid` for addresses and protocols that cannot be served. */
export function planBindings(request: PortRequest, surroundings: PortSurroundings): Binding[] {
  const hostIp = request.hostIp || surroundings.defaultHostIp;
  const family = isIP(hostIp);
  if (hostIp !== '' && family === 0) {
    throw new HakoError('invalid', `invalid host address "${request.hostIp}": it is not an IP address`);
  }
  if (family === 4) return [planIPv4(request, surroundings, hostIp)];
  if (family === 6) return [planIPv6(request, surroundings, hostIp)];
  const all = [planIPv4(request, surroundings, '0.0.0.0')];
  const canIPv6 = surroundings.hostHasIPv6 && (request.protocol !== 'sctp' || surroundings.target.ipv6 !== '');
  if (canIPv6) all.push(planIPv6(request, surroundings, '::'));
  return all;
}

function planIPv4({ protocol }: PortRequest, surroundings: PortSurroundings, hostIp: string): Binding {
  const { target, obeyHostFirewall } = surroundings;
  const isProxied = protocol !== 'sctp' && (obeyHostFirewall || (target.ipv4 === '' && target.ipv6 !== ''));
  if (isProxied) return { family: 4, hostIp, forwardTo: '', isProxied, proxyTo: target.ipv4 || target.ipv6 };
  return { family: 4, hostIp, forwardTo: target.ipv4, isProxied, proxyTo: '' };
}

/**
 * The kernel cannot redirect ::1, nor from IPv6 to IPv4. So on all addresses and on ::1 the helper listens in any case;
 * rules take over what comes to the other addresses where the container has IPv6.
 */
function planIPv6({ protocol }: PortRequest, surroundings: PortSurroundings, hostIp: string): Binding {
  const { target, obeyHostFirewall } = surroundings;
  const canForward = target.ipv6 !== '' && hostIp !== '::1' && !obeyHostFirewall;
  if (protocol === 'sctp') {
    if (canForward) return { family: 6, hostIp, forwardTo: target.ipv6, isProxied: false, proxyTo: '' };
    throw new HakoError('unsupported', `sctp cannot be published on ${hostIp}: the container's network has no IPv6`);
  }
  const isProxied = !canForward || hostIp === '::';
  return {
    family: 6,
    hostIp,
    forwardTo: canForward ? target.ipv6 : '',
    isProxied,
    proxyTo: isProxied ? target.ipv4 || target.ipv6 : '',
  };
}

/** What the firewall does for a binding. */
export function forwardingOf(request: PortRequest, hostPort: number, binding: Binding): Forwarding[] {
  if (binding.forwardTo === '') return [];
  const { protocol, containerPort } = request;
  const hostIp = ['0.0.0.0', '::'].includes(binding.hostIp) ? '' : binding.hostIp;
  const target = { targetIp: binding.forwardTo, targetPort: containerPort };
  return [{ protocol, family: binding.family, hostIp, hostPort, ...target }];
}

/** What the helper does for a binding. */
export function proxyOf(request: PortRequest, hostPort: number, binding: Binding): ProxyEntry[] {
  const { protocol, containerPort } = request;
  if (binding.proxyTo === '' || protocol === 'sctp') return [];
  const target = { targetAddress: binding.proxyTo, targetPort: containerPort };
  return [{ protocol, address: binding.hostIp, port: hostPort, ...target }];
}

/** What `docker port` shows for a binding. */
export function publishedOf(
  { containerPort, protocol }: PortRequest,
  hostPort: number,
  binding: Binding,
): PublishedPort {
  return { containerPort, protocol, hostIp: binding.hostIp, hostPort };
}
