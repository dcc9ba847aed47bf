/**
 * The files by which the daemon tells the helper what to do. One file a user network (`zones/<network id>`), lines of
 * tab-separated words, `-` for nothing:
 *
 *     network  <id>  <name>  <internal: 0|1>  <IPv4 gateway>
 *     endpoint <container id>  <namespace file>  <IPv4>  <IPv6>  <servers, comma-separated>  <name> <name> …
 *
 * and one file `proxies`:
 *
 *     <protocol>  <address>  <port>  <target address>  <target port>
 *
 * They are replaced as a whole by renaming, so a reader sees the old one or the new one.
 */

/** A container in a network, as DNS sees it. */
export interface ZoneEndpoint {
  containerId: string;
  /** Name of the file in the namespace folder. */
  namespace: string;
  ipv4: string;
  ipv6: string;
  /** Servers for names that are not ours, or none: the host's. */
  servers: string[];
  /** Lower case. */
  names: string[];
}

/** One user network. */
export interface Zone {
  id: string;
  name: string;
  /** No way out: foreign names are not looked up. */
  internal: boolean;
  gateway: string;
  endpoints: ZoneEndpoint[];
}

/** A port on which the helper listens and from which it passes traffic on. */
export interface ProxyEntry {
  protocol: 'tcp' | 'udp';
  address: string;
  port: number;
  targetAddress: string;
  targetPort: number;
}

const NOTHING = '-';

/** The text of a zone file. Words never contain white space: names were checked when they came in. */
export function renderZone({ id, name, internal, gateway, endpoints }: Zone): string {
  const lines = endpoints.map((endpoint) => {
    const { containerId, namespace, ipv4, ipv6, servers, names } = endpoint;
    return ['endpoint', containerId, namespace, ipv4, ipv6, servers.join(','), ...names];
  });
  return renderLines([['network', id, name, internal ? '1' : '0', gateway], ...lines]);
}

/** Reads a zone file; undefined where it is none. */
export function parseZone(text: string): Zone | undefined {
  const [head, ...rest] = parseLines(text);
  if (head?.[0] !== 'network') return undefined;
  const [, id = '', name = '', internal = '', gateway = ''] = head;
  const endpoints = rest.flatMap((words) => {
    const [kind, containerId = '', namespace = '', ipv4 = '', ipv6 = '', servers = '', ...names] = words;
    if (kind !== 'endpoint') return [];
    return [{ containerId, namespace, ipv4, ipv6, servers: servers.split(',').filter(Boolean), names }];
  });
  return { id, name, internal: internal === '1', gateway, endpoints };
}

/** The text of the proxies file. */
export function renderProxies(entries: readonly ProxyEntry[]): string {
  return renderLines(
    entries.map(({ protocol, address, port, targetAddress, targetPort }) => [
      protocol,
      address,
      String(port),
      targetAddress,
      String(targetPort),
    ]),
  );
}

export function parseProxies(text: string): ProxyEntry[] {
  return parseLines(text).flatMap(([protocol, address = '', port, targetAddress = '', targetPort]) => {
    if (protocol !== 'tcp' && protocol !== 'udp') return [];
    return [{ protocol, address, port: Number(port), targetAddress, targetPort: Number(targetPort) }];
  });
}

/** Identity of a listening socket: what may be there once. */
export function proxyKey({ protocol, address, port }: Pick<ProxyEntry, 'protocol' | 'address' | 'port'>): string {
  return `${protocol} ${address} ${port}`;
}

function renderLines(lines: readonly (readonly string[])[]): string {
  return lines.map((words) => `${words.map((word) => word || NOTHING).join('\t')}\n`).join('');
}

function parseLines(text: string): string[][] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t').map((word) => (word === NOTHING ? '' : word)));
}
