/** `hako network ls`. */
import { command, text, toggle } from '../../args/flags.ts';
import { type Columns, renderList } from '../../format/list.ts';
import { shortId } from '../../format/units.ts';
import { filterFlag, filtersQuery } from '../../options/filters.ts';
import { print } from '../../output.ts';
import { pairsText } from '../../rows/containers.ts';

interface Network {
  Id: string;
  Name: string;
  Driver: string;
  Scope: string;
  Created: string;
  EnableIPv4?: boolean;
  EnableIPv6: boolean;
  Internal: boolean;
  Labels: Record<string, string> | null;
}

export default command({
  usage: '[OPTIONS]',
  flags: {
    filter: filterFlag,
    format: text('', 'FORMAT', "table, json, or a Go template such as '{{.Name}}'"),
    'no-trunc': toggle('', 'Show ids in full'),
    quiet: toggle('q', 'Show ids only'),
  },
  arity: [0, 0],
  examples: ['hako network ls', 'hako network ls --filter driver=bridge -q'],
  async run({ api, flags }) {
    const networks = await api.get<Network[]>('/networks', { filters: filtersQuery(flags.filter) });
    networks.sort((a, b) => (a.Name < b.Name ? -1 : 1));
    const format = flags.quiet && flags.format === '' ? '{{.ID}}' : flags.format;
    const table = 'table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}';
    print(renderList(networks, { format, table, columns: columns(flags['no-trunc']) }));
    return undefined;
  },
});

function columns(full: boolean): Columns<Network> {
  return {
    ID: { heading: 'NETWORK ID', value: ({ Id }) => (full ? Id : shortId(Id)) },
    Name: { heading: 'NAME', value: ({ Name }) => Name },
    Driver: { heading: 'DRIVER', value: ({ Driver }) => Driver },
    Scope: { heading: 'SCOPE', value: ({ Scope }) => Scope },
    IPv4: { heading: 'IPV4', value: ({ EnableIPv4 }) => String(EnableIPv4 !== false) },
    IPv6: { heading: 'IPV6', value: ({ EnableIPv6 }) => String(EnableIPv6) },
    Internal: { heading: 'INTERNAL', value: ({ Internal }) => String(Internal) },
    Labels: { heading: 'LABELS', value: ({ Labels }) => pairsText(Labels) },
    Label: {
      heading: 'LABEL',
      value:
        ({ Labels }) =>
        (key: string) =>
          Labels?.[key] ?? '',
    },
    CreatedAt: { heading: 'CREATED AT', value: ({ Created }) => Created },
  };
}
