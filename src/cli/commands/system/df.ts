/** `hako system df`. */
import { command, text, toggle } from '../../args/flags.ts';
import { type Columns, renderList } from '../../format/list.ts';
import { humanSize } from '../../format/units.ts';
import { print } from '../../output.ts';
import { type DiskUsage, type UsageRow, usageRows } from '../../rows/disk-usage.ts';

const COLUMNS: Columns<UsageRow> = {
  Type: { heading: 'TYPE', value: ({ type }) => type },
  TotalCount: { heading: 'TOTAL', value: ({ total }) => String(total) },
  Active: { heading: 'ACTIVE', value: ({ active }) => String(active) },
  Size: { heading: 'SIZE', value: ({ bytes }) => humanSize(bytes) },
  Reclaimable: { heading: 'RECLAIMABLE', value: reclaimable },
};

export default command({
  usage: '[OPTIONS]',
  flags: {
    format: text('', 'FORMAT', 'table, json, or a Go template'),
    verbose: toggle('v', 'Show every object'),
  },
  arity: [0, 0],
  examples: ['hako system df', 'hako system df -v'],
  async run({ api, flags }) {
    const usage = await api.get<DiskUsage>('/system/df');
    if (flags.verbose) {
      const { printVerbose } = await import('../../rows/disk-usage-verbose.ts');
      return printVerbose(usage, flags.format);
    }
    const table = 'table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}';
    print(renderList(usageRows(usage), { format: flags.format, table, columns: COLUMNS }));
    return undefined;
  },
});

function reclaimable({ reclaimableBytes, bytes }: UsageRow): string {
  const share = bytes === 0 ? '' : ` (${Math.floor((reclaimableBytes / bytes) * 100)}%)`;
  return `${humanSize(reclaimableBytes)}${share}`;
}
