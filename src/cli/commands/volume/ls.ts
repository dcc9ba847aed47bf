/** `hako volume ls`. */
import { command, text, toggle } from '../../args/flags.ts';
import { renderList } from '../../format/list.ts';
import { filterFlag, filtersQuery } from '../../options/filters.ts';
import { note, print } from '../../output.ts';
import { type VolumeSummary, volumeColumns } from '../../rows/volumes.ts';

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
    const answer = await api.get<{ Volumes: VolumeSummary[] | null; Warnings: string[] | null }>('/volumes', {
      filters: filtersQuery(flags.filter),
    });
    for (const warning of answer.Warnings ?? []) note(`warning: ${warning}`);
    const volumes = (answer.Volumes ?? []).sort((a, b) => (a.Name < b.Name ? -1 : 1));
    const format = flags.quiet && flags.format === '' ? '{{.Name}}' : flags.format;
    print(renderList(volumes, { format, table: 'table {{.Driver}}\t{{.Name}}', columns: volumeColumns }));
    return undefined;
  },
});
