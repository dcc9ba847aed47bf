/** `hako history`. */
import { command, text, toggle } from '../../args/flags.ts';
import { path } from '../../client/api.ts';
import { type Columns, renderList } from '../../format/list.ts';
import { ago, ellipsis, humanSize, shortId } from '../../format/units.ts';
import { print } from '../../output.ts';

interface Step {
  Id: string;
  Created: number;
  CreatedBy: string;
  Size: number;
  Comment: string;
  Tags: string[] | null;
}

export default command({
  usage: '[OPTIONS] IMAGE',
  flags: {
    format: text('', 'FORMAT', 'table, json, or a Go template'),
    human: toggle('H', 'Show sizes and times for people', true),
    'no-trunc': toggle('', 'Show ids and commands in full'),
    quiet: toggle('q', 'Show ids only'),
    platform: text('', 'OS/ARCH', 'Platform to show'),
  },
  arity: [1, 1],
  examples: ['hako history --no-trunc app:1'],
  async run({ api, flags, args: [name = ''] }) {
    const steps = await api.get<Step[]>(path`/images/${name}/history`, { platform: flags.platform });
    const format = flags.quiet ? '{{.ID}}' : flags.format;
    const table = 'table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}';
    print(renderList(steps, { format, table, columns: columns(flags['no-trunc'], flags.human) }));
    return undefined;
  },
});

function columns(full: boolean, human: boolean): Columns<Step> {
  const time = ({ Created }: Step) => new Date(Created * 1000).toISOString();
  return {
    ID: { heading: 'IMAGE', value: ({ Id }) => (full ? Id : shortId(Id)) },
    CreatedAt: { heading: 'CREATED AT', value: time },
    CreatedSince: { heading: 'CREATED', value: (step) => (human ? ago(step.Created) : time(step)) },
    CreatedBy: { heading: 'CREATED BY', value: ({ CreatedBy }) => commandText(CreatedBy, full) },
    Size: { heading: 'SIZE', value: ({ Size }) => (human ? humanSize(Size, 3) : String(Size)) },
    Comment: { heading: 'COMMENT', value: ({ Comment }) => Comment },
    Tags: { heading: 'TAGS', value: ({ Tags }) => (Tags ?? []).join(',') },
  };
}

function commandText(text: string, full: boolean): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return full ? line : ellipsis(line, 45);
}
