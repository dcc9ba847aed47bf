/** `hako images`. */
import { command, text, toggle } from '../../args/flags.ts';
import { renderList } from '../../format/list.ts';
import { filterFlag, filtersQuery } from '../../options/filters.ts';
import { print } from '../../output.ts';
import { type ImageSummary, imageColumns, imageRows } from '../../rows/images.ts';

export default command({
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  flags: {
    all: toggle('a', 'Show intermediate images too'),
    digests: toggle('', 'Show digests'),
    filter: filterFlag,
    format: text('', 'FORMAT', "table, json, or a Go template such as '{{.Repository}}:{{.Tag}}'"),
    'no-trunc': toggle('', 'Show ids in full'),
    quiet: toggle('q', 'Show ids only'),
  },
  arity: [0, 1],
  examples: ['hako images', 'hako images --filter dangling=true -q'],
  async run({ api, flags, args: [reference] }) {
    const fixed: Record<string, string[]> = reference === undefined ? {} : { reference: [reference] };
    const query = { all: flags.all || undefined, filters: filtersQuery(flags.filter, fixed) };
    const images = await api.get<ImageSummary[]>('/images/json', query);
    const wantsDigest = flags.digests || /\.Digest\b/.test(flags.format);
    const digest = wantsDigest ? '\t{{.Digest}}' : '';
    const table = `table {{.Repository}}\t{{.Tag}}${digest}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}`;
    const format = flags.quiet && flags.format === '' ? '{{.ID}}' : flags.format;
    const rows = imageRows(images, wantsDigest);
    const shown = flags.quiet ? uniqueBy(rows, ({ image }) => image.Id) : rows;
    print(renderList(shown, { format, table, columns: imageColumns(flags['no-trunc']) }));
    return undefined;
  },
});

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
