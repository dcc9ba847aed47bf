/** Flags about networks, names and ports. */

import type { Values } from '../args/flags.ts';
import { list, text, toggle } from '../args/flags.ts';
import { UsageError } from '../errors.ts';
import type { CreatePart } from './body.ts';
import type { PublishedPorts } from './ports.ts';
import { defined, parseCsv, splitPair, unlessBlank, unlessEmpty } from './values.ts';

export const networkFlags = {
  network: list('', 'NETWORK', 'Network to join, or name=…,alias=…,ip=…; bridge, none, host, container:NAME'),
  net: { ...list('', 'NETWORK', ''), hidden: true },
  'network-alias': list('', 'NAME', 'Another name of the container in its network'),
  'net-alias': { ...list('', 'NAME', ''), hidden: true },
  ip: text('', 'ADDRESS', 'IPv4 address of the container'),
  ip6: text('', 'ADDRESS', 'IPv6 address of the container'),
  'link-local-ip': list('', 'ADDRESS', 'Link-local address of the container'),
  'mac-address': text('', 'ADDRESS', 'MAC address of the container'),
  link: list('', 'CONTAINER[:ALIAS]', 'Give another container a name in this one'),
  publish: list('p', '[IP:][PORT:]PORT[/PROTO]', 'Publish a port of the container on this machine'),
  'publish-all': toggle('P', 'Publish every exposed port on a free port'),
  expose: list('', 'PORT[/PROTO]', 'Mark a port or a range as exposed'),
  dns: list('', 'ADDRESS', 'DNS server to ask'),
  'dns-search': list('', 'DOMAIN', 'Domain to search names in'),
  'dns-option': list('', 'OPTION', 'Option of the resolver'),
  'dns-opt': { ...list('', 'OPTION', ''), hidden: true },
  'add-host': list('', 'NAME:ADDRESS', 'Add a line to /etc/hosts; host-gateway stands for this machine'),
};

type Flags = Values<typeof networkFlags>;

export async function networkOptions(flags: Flags): Promise<CreatePart> {
  const { exposed: exposedPorts, bindings } = await portsOf(flags);
  const endpoints = endpointsOf(flags);
  const [first] = endpoints;
  return {
    config: {
      ExposedPorts: Object.keys(exposedPorts).length === 0 ? undefined : exposedPorts,
      MacAddress: unlessBlank(flags['mac-address']),
    },
    hostConfig: {
      NetworkMode: first?.[0] ?? 'default',
      PortBindings: Object.keys(bindings).length === 0 ? undefined : bindings,
      PublishAllPorts: flags['publish-all'],
      Links: unlessEmpty(flags.link),
      Dns: unlessEmpty(flags.dns),
      DnsSearch: unlessEmpty(flags['dns-search']),
      DnsOptions: unlessEmpty([...flags['dns-option'], ...flags['dns-opt']]),
      ExtraHosts: unlessEmpty(flags['add-host'].map(parseExtraHost)),
    },
    networking: { EndpointsConfig: endpointsConfig(endpoints) },
  };
}

type Endpoint = [network: string, settings: Record<string, unknown> | undefined];

/** The parser of ports loads only for who uses it. */
async function portsOf({ publish, expose }: Flags): Promise<PublishedPorts> {
  if (publish.length === 0 && expose.length === 0) return { exposed: {}, bindings: {} };
  const { parseExposed, parsePublished } = await import('./ports.ts');
  const { exposed, bindings } = parsePublished(publish);
  return { exposed: { ...exposed, ...parseExposed(expose) }, bindings };
}

/** The first network is NetworkMode already; it is repeated only with settings, or where there are others beside it. */
function endpointsConfig(endpoints: readonly Endpoint[]): Record<string, object> {
  const shown = endpoints.length > 1 ? endpoints : endpoints.filter(([, settings]) => settings !== undefined);
  return Object.fromEntries(shown.map(([name, settings]) => [name, settings ?? {}]));
}

/** The networks that were named, with their settings; the general flags belong to the first. */
function endpointsOf(flags: Flags): Endpoint[] {
  const parsed = [...flags.network, ...flags.net].map(parseNetwork);
  const general = generalSettings(flags);
  if (Object.keys(general).length === 0) return parsed;
  const [[name, settings] = ['default', undefined] as Endpoint, ...others] = parsed;
  if (name === 'host' || name === 'none' || name.startsWith('container:')) {
    const given = flags.ip || flags.ip6 ? '--ip' : flags['mac-address'] ? '--mac-address' : '--network-alias';
    if (given !== '--mac-address')
      throw new UsageError(`${given} needs a network of its own, which --network ${name} is not`);
    return parsed;
  }
  return [[name, { ...general, ...settings }], ...others];
}

function generalSettings(flags: Flags): Record<string, unknown> {
  const addresses = defined({
    IPv4Address: unlessBlank(flags.ip),
    IPv6Address: unlessBlank(flags.ip6),
    LinkLocalIPs: unlessEmpty(flags['link-local-ip']),
  });
  return defined({
    IPAMConfig: Object.keys(addresses).length === 0 ? undefined : addresses,
    Aliases: unlessEmpty([...flags['network-alias'], ...flags['net-alias']]),
    Links: undefined,
    MacAddress: unlessBlank(flags['mac-address']),
  });
}

/** `mynet`, or `name=mynet,alias=web,ip=10.0.0.5,driver-opt=k=v,mac-address=…,gw-priority=1`. Throws UsageError. */
export function parseNetwork(text: string): Endpoint {
  if (!/^[a-z0-9-]+=/.test(text)) return [text, undefined];
  const settings: Record<string, unknown> = {};
  const addresses: Record<string, unknown> = {};
  const aliases: string[] = [];
  const driver: Record<string, string> = {};
  let name = '';
  for (const [key, value] of parseCsv(text).map((field) => splitPair(field.trim()))) {
    if (key === 'name') name = value;
    else if (key === 'alias') aliases.push(value);
    else if (key === 'ip') addresses.IPv4Address = value;
    else if (key === 'ip6') addresses.IPv6Address = value;
    else if (key === 'link-local-ip') addresses.LinkLocalIPs = [value];
    else if (key === 'mac-address') settings.MacAddress = value;
    else if (key === 'gw-priority') settings.GwPriority = Number(value);
    else if (key === 'driver-opt') driver[splitPair(value)[0]] = splitPair(value)[1];
    else throw new UsageError(`--network ${text}: unknown key "${key}"`);
  }
  if (name === '') throw new UsageError(`--network ${text}: name is missing`);
  if (aliases.length > 0) settings.Aliases = aliases;
  if (Object.keys(addresses).length > 0) settings.IPAMConfig = addresses;
  if (Object.keys(driver).length > 0) settings.DriverOpts = driver;
  return [name, settings];
}

/** `name:address` or `name=address`; brackets around IPv6 go. Throws UsageError. */
export function parseExtraHost(text: string): string {
  const match = /^([^:=]+)[:=](.+)$/.exec(text);
  if (match?.[1] === undefined) throw new UsageError(`--add-host ${text}: write NAME:ADDRESS`);
  return `${match[1]}:${(match[2] ?? '').replace(/^\[(.*)\]$/, '$1')}`;
}
