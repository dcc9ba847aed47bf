import type { Endpoint } from '#network';
import { extraHostLines } from './extra-host.ts';

/** What every container's file begins with, as in Docker. */
const LOCAL_LINES = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::\tip6-localnet',
  'ff00::\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
];

export interface HostsFileInput {
  hostname: string;
  domainname: string;
  /** Where the container is attached; it finds itself under each address. */
  endpoints: readonly Pick<Endpoint, 'ipv4Address' | 'ipv6Address'>[];
  /** `name:address` of `--add-host`. */
  extraHosts: readonly string[];
  /** What `host-gateway` stands for: addresses joined by commas, or empty. */
  hostGateway: string;
}

/** The text of /etc/hosts. Throws `invalid` for a malformed extra host. */
export function hostsFile(input: HostsFileInput): string {
  const { hostname, endpoints, extraHosts, hostGateway } = input;
  const addresses = endpoints.flatMap(({ ipv4Address, ipv6Address }) => [ipv4Address, ipv6Address]);
  const own = hostname === '' ? [] : addresses.filter((address) => address !== '');
  const lines = [
    ...LOCAL_LINES,
    ...extraHostLines(extraHosts, hostGateway),
    ...own.map((address) => `${address}\t${namesOf(input)}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** The qualified name first: it is the canonical one. */
function namesOf({ hostname, domainname }: HostsFileInput): string {
  return domainname === '' ? hostname : `${hostname}.${domainname} ${hostname}`;
}
