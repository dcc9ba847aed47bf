/** `hako network connect`. */
import { command, integer, list, text } from '../../args/flags.ts';
import { path } from '../../client/api.ts';
import { defined, parsePairs, unlessBlank, unlessEmpty } from '../../options/values.ts';

export default command({
  usage: '[OPTIONS] NETWORK CONTAINER',
  flags: {
    alias: list('', 'NAME', 'Another name of the container in the network'),
    ip: text('', 'ADDRESS', 'IPv4 address of the container'),
    ip6: text('', 'ADDRESS', 'IPv6 address of the container'),
    link: list('', 'CONTAINER[:ALIAS]', 'Give another container a name in this one'),
    'link-local-ip': list('', 'ADDRESS', 'Link-local address of the container'),
    'driver-opt': list('', 'KEY=VALUE', 'Option of the driver'),
    'gw-priority': integer('', 'NUMBER', 'The network with the highest gives the default gateway'),
  },
  arity: [2, 2],
  examples: ['hako network connect --alias db app postgres'],
  async run({ api, flags, args: [network = '', Container = ''] }) {
    const addresses = defined({
      IPv4Address: unlessBlank(flags.ip),
      IPv6Address: unlessBlank(flags.ip6),
      LinkLocalIPs: unlessEmpty(flags['link-local-ip']),
    });
    const EndpointConfig = defined({
      IPAMConfig: Object.keys(addresses).length === 0 ? undefined : addresses,
      Aliases: unlessEmpty(flags.alias),
      Links: unlessEmpty(flags.link),
      DriverOpts: flags['driver-opt'].length === 0 ? undefined : parsePairs(flags['driver-opt']),
      GwPriority: flags['gw-priority'],
    });
    await api.post(path`/networks/${network}/connect`, {}, { Container, EndpointConfig });
    return undefined;
  },
});
