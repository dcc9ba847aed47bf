/** `hako network create`. */
import { command, list, text, toggle } from '../../args/flags.ts';
import { UsageError } from '../../errors.ts';
import { defined, parsePairs, splitPair, unlessBlank } from '../../options/values.ts';
import { note, print } from '../../output.ts';

interface Pool {
  Subnet?: string;
  IPRange?: string;
  Gateway?: string;
  AuxiliaryAddresses?: Record<string, string>;
}

export default command({
  usage: '[OPTIONS] NETWORK',
  flags: {
    driver: text('d', 'DRIVER', 'Driver of the network', 'bridge'),
    subnet: list('', 'CIDR', 'Addresses of the network; once for IPv4 and once for IPv6'),
    gateway: list('', 'ADDRESS', 'Gateway in a subnet'),
    'ip-range': list('', 'CIDR', 'Part of a subnet that containers get addresses from'),
    'aux-address': list('', 'NAME=ADDRESS', 'Address that no container gets'),
    internal: toggle('', 'No way out of it'),
    ipv4: toggle('', 'Give IPv4 addresses', true),
    ipv6: toggle('', 'Give IPv6 addresses'),
    attachable: toggle('', 'Accepted for docker; has no effect'),
    label: list('', 'KEY=VALUE', 'Set a label'),
    opt: list('o', 'KEY=VALUE', 'Option of the driver'),
    'ipam-driver': text('', 'DRIVER', 'Driver of the addresses', 'default'),
    'ipam-opt': list('', 'KEY=VALUE', 'Option of the driver of the addresses'),
    ingress: { ...toggle('', ''), hidden: true },
    scope: { ...text('', 'SCOPE', ''), hidden: true },
  },
  arity: [1, 1],
  examples: ['hako network create app', 'hako network create --subnet 10.20.0.0/24 --gateway 10.20.0.1 lab'],
  async run({ api, flags, given, args: [Name = ''] }) {
    const body = defined({
      Name,
      Driver: flags.driver,
      Internal: flags.internal,
      Attachable: flags.attachable,
      Ingress: flags.ingress || undefined,
      Scope: unlessBlank(flags.scope),
      EnableIPv4: given.has('ipv4') ? flags.ipv4 : undefined,
      EnableIPv6: given.has('ipv6') ? flags.ipv6 : undefined,
      Labels: parsePairs(flags.label),
      Options: parsePairs(flags.opt),
      IPAM: { Driver: flags['ipam-driver'], Options: parsePairs(flags['ipam-opt']), Config: pools(flags) },
    });
    const { Id, Warning } = await api.post<{ Id: string; Warning?: string }>('/networks/create', {}, body);
    if (Warning) note(`warning: ${Warning}`);
    print(`${Id}\n`);
    return undefined;
  },
});

interface PoolFlags {
  subnet: readonly string[];
  gateway: readonly string[];
  'ip-range': readonly string[];
  'aux-address': readonly string[];
}

/** Gateways, ranges and addresses go to the subnet of their family, in order. The daemon checks that they fit. */
function pools(flags: PoolFlags): Pool[] {
  const subnets: Pool[] = flags.subnet.map((Subnet) => ({ Subnet }));
  const find = (address: string, taken: (pool: Pool) => boolean) => {
    const pool = subnets.find((candidate) => isV6(candidate.Subnet) === isV6(address) && !taken(candidate));
    if (pool === undefined) throw new UsageError(`${address} needs a --subnet of its own`);
    return pool;
  };
  for (const gateway of flags.gateway) find(gateway, ({ Gateway }) => Gateway !== undefined).Gateway = gateway;
  for (const range of flags['ip-range']) find(range, ({ IPRange }) => IPRange !== undefined).IPRange = range;
  for (const [name, address] of flags['aux-address'].map(splitPair)) {
    const pool = find(address, () => false);
    pool.AuxiliaryAddresses = { ...pool.AuxiliaryAddresses, [name]: address };
  }
  return subnets;
}

function isV6(address = ''): boolean {
  return address.includes(':');
}
