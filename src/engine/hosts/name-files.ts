import { isIP } from 'node:net';
import { HakoError } from '#base';
import type { ResolverConfig } from '#network';

/** What /etc/hosts is made from. */
export interface HostsInput {
  hostname: string;
  domainname: string;
  /** The container's own addresses; empty ones are skipped. */
  endpoints: readonly { ipv4Address: string; ipv6Address: string }[];
  /** `--add-host`: `NAME:ADDRESS` or `NAME=ADDRESS`. */
  extraHosts: readonly string[];
  /** What the address `host-gateway` stands for. */
  hostGateway: string;
}

const LOOPBACK = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/** /etc/hostname. */
export function hostnameFile(hostname: string): string {
  return `${hostname}\n`;
}

/** /etc/hosts (hosts(5)): loopback, what the user added, the container itself. Throws `invalid` for a malformed addition. */
export function hostsFile(input: HostsInput): string {
  const extra = input.extraHosts.map((entry) => extraLine(entry, input.hostGateway));
  const names = input.domainname ? `${input.hostname}.${input.domainname} ${input.hostname}` : input.hostname;
  const addresses = input.endpoints.flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address]);
  const own = input.hostname ? addresses.filter(Boolean).map((address) => `${address}\t${names}\n`) : [];
  return [input.hostname || input.endpoints.length > 0 ? LOOPBACK : '', ...extra, ...own].join('');
}

function extraLine(entry: string, hostGateway: string): string {
  const [, name = '', value = ''] = /^([^:=]+)[:=](.+)$/.exec(entry) ?? [];
  const bare = value.replace(/^\[(.*)\]$/, '$1');
  const address = bare === 'host-gateway' ? hostGateway : bare;
  if (name === '' || isIP(address) === 0) {
    throw new HakoError(
      'invalid',
      `bad format for add-host: "${entry}": write NAME:ADDRESS, or NAME:host-gateway for the host`,
    );
  }
  return `${address}\t${name}\n`;
}

/** What the user asked for of name resolution; each given list replaces the default one. */
export interface ResolverWishes {
  dns: readonly string[];
  search: readonly string[];
  options: readonly string[];
}

/** /etc/resolv.conf (resolv.conf(5)). A search list of `.` means none. */
export function resolvConfFile(resolver: ResolverConfig, wishes: ResolverWishes): string {
  const pick = (wish: readonly string[], fallback: readonly string[]) => (wish.length > 0 ? wish : fallback);
  const search = pick(wishes.search, resolver.search).filter((domain) => domain !== '.');
  const options = pick(wishes.options, resolver.options);
  const lines = pick(wishes.dns, resolver.nameservers).map((address) => `nameserver ${address}`);
  if (search.length > 0) lines.push(`search ${search.join(' ')}`);
  if (options.length > 0) lines.push(`options ${options.join(' ')}`);
  return `${lines.join('\n')}\n`;
}
