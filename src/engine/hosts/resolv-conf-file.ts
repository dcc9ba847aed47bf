import type { ResolverConfig } from '#network';

/** The address at which containers of user networks find our DNS server. */
const EMBEDDED_DNS = '127.0.0.11';

/** `--dns`, `--dns-search` and `--dns-option` of a container. */
export interface DnsChoices {
  dns: readonly string[];
  search: readonly string[];
  options: readonly string[];
}

/**
 * The text of resolv.conf(5): what the network says, replaced by what the container chose. In user networks our server
 * stays in charge, or names of containers would not resolve: there `--dns` is what it asks in turn. `--dns-search .`
 * means no search list.
 */
export function resolvConfFile(resolver: ResolverConfig, choices: DnsChoices): string {
  const keepsServers = choices.dns.length === 0 || resolver.nameservers.includes(EMBEDDED_DNS);
  const nameservers = keepsServers ? resolver.nameservers : choices.dns;
  const search = (choices.search.length > 0 ? choices.search : resolver.search).filter((domain) => domain !== '.');
  const options = choices.options.length > 0 ? choices.options : resolver.options;
  const lines = [
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
