/** `hako volume ls`. */
import { command, text, toggle } from '../../args/flags.ts';
import { type Columns, renderList } from '../../format/list.ts';
import { filterFlag, filtersQuery } from '../../options/filters.ts';
import { note, print } from '../../output.ts';
import { pairsText } from '../../rows/containers.ts';

interface Volume {
  Name: string;
  Driver: string;
  Mountpoint: string;
  Scope: string;
  CreatedAt?: string;
  Labels: Record<string, string> | null;
}

const COLUMNS: Columns<Volume> = {
  Driver: { heading: 'DRIVER', value: ({ Driver }) => Driver },
  Name: { heading: 'VOLUME NAME', value: ({ Name }) => Name },
  Mountpoint: { heading: 'MOUNTPOINT', value: ({ Mountpoint }) => Mountpoint },
  Scope: { heading: 'SCOPE', value: ({ Scope }) => Scope },
  Labels: { heading: 'LABELS', value: ({ Labels }) => pairsText(Labels) },
  Label: {
    heading: 'LABEL',
    value:
      ({ Labels }) =>
      (key: string) =>
        Labels?.[key] ?? '',
  },
};

export default command({
  usage: '[OPTIONS]',
  flags: {
    filter: filterFlag,
    format: text('', 'FORMAT', "table, json, or a Go template such as '{{.Mountpoint}}'"),
    quiet: toggle('q', 'Show names only'),
  },
  arity: [0, 0],
  examples: ['hako volume ls', 'hako volume ls --filter dangling=true -q'],
  async run({ api, flags }) {
    const answer = await api.get<{ Volumes: Volume[] | null; Warnings: string[] | null }>('/volumes', {
      filters: filtersQuery(flags.filter),
    });
    for (const warning of answer.Warnings ?? []) note(`warning: ${warning}`);
    const volumes = (answer.Volumes ?? []).sort((a, b) => (a.Name < b.Name ? -1 : 1));
    const format = flags.quiet && flags.format === '' ? '{{.Name}}' : flags.format;
    print(renderList(volumes, { format, table: 'table {{.Driver}}\t{{.Name}}', columns: COLUMNS }));
    return undefined;
  },
});
