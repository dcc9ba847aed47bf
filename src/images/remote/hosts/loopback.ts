import { BlockList, isIP } from 'node:net';
import { HakoError } from '#base';

/** This machine itself: plain HTTP is allowed there, as docker allows it. Takes `URL.hostname` or a host without its port. */
export function isLoopback(hostname: string): boolean {
  const host = bare(hostname);
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  return isIP(host) === 4 ? host.startsWith('127.') : host === '::1';
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** Registries that the settings call insecure: hosts, hosts with a port, or networks such as 10.0.0.0/8. */
export class InsecureRegistries {
  readonly #hosts = new Set<string>();
  readonly #networks = new BlockList();

  constructor(entries: readonly string[]) {
    for (const entry of entries) this.#add(entry);
  }

  #add(entry: string): void {
    const [address = '', prefix, ...rest] = entry.split('/');
    const family = isIP(address);
    if (prefix === undefined) this.#hosts.add(entry);
    else if (family !== 0 && /^\d{1,3}$/.test(prefix) && rest.length === 0)
      this.#networks.addSubnet(address, Number(prefix), family === 6 ? 'ipv6' : 'ipv4');
    else
      throw new HakoError(
        'invalid',
        `insecure registry "${entry}": write a host, host:port, or a network such as 10.0.0.0/8`,
      );
  }

  /** `domain` is a reference's, with its port where it has one. */
  has(domain: string): boolean {
    const host = bare(domain.replace(/:\d+$/, ''));
    if (isLoopback(host) || this.#hosts.has(domain) || this.#hosts.has(host)) return true;
    const family = isIP(host);
    return family !== 0 && this.#networks.check(host, family === 6 ? 'ipv6' : 'ipv4');
  }
}
