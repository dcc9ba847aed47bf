/** `hako ps`. */
import { command, integer, text, toggle } from '../../args/flags.ts';
import { renderList } from '../../format/list.ts';
import { filterFlag, filtersQuery } from '../../options/filters.ts';
import { print } from '../../output.ts';
import { type ContainerSummary, containerColumns } from '../../rows/containers.ts';

const TABLE = 'table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}';

export default command({
  usage: '[OPTIONS]',
  flags: {
    all: toggle('a', 'Show stopped containers too'),
    filter: filterFlag,
    format: text('', 'FORMAT', "table, json, or a Go template such as '{{.Names}}'"),
    last: integer('n', 'COUNT', 'Show the last created containers, in any state'),
    latest: toggle('l', 'Show the last created container, in any state'),
    'no-trunc': toggle('', 'Show ids and commands in full'),
    quiet: toggle('q', 'Show ids only'),
    size: toggle('s', 'Show the size of their files too'),
  },
  arity: [0, 0],
  examples: ['hako ps -a', "hako ps --filter status=exited --format '{{.Names}}: {{.Status}}'"],
  async run({ api, flags }) {
    const limit = flags.latest ? 1 : flags.last;
    const wantsSize = flags.size || (!flags.quiet && /\.Size\b/.test(flags.format));
    const query = {
      all: flags.all || limit !== undefined || undefined,
      limit: limit !== undefined && limit > 0 ? limit : undefined,
      size: wantsSize || undefined,
      filters: filtersQuery(flags.filter),
    };
    const containers = await api.get<ContainerSummary[]>('/containers/json', query);
    const format = flags.quiet && flags.format === '' ? '{{.ID}}' : flags.format;
    const table = wantsSize ? `${TABLE}\t{{.Size}}` : TABLE;
    print(renderList(containers, { format, table, columns: containerColumns(flags['no-trunc']) }));
    return undefined;
  },
});
