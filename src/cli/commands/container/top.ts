/** `hako top`. */
import { command } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { alignColumns } from '../../format/table.ts';
import { print } from '../../output.ts';

export default command({
  usage: 'CONTAINER [PS_OPTIONS]',
  flags: {},
  interspersed: false,
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako top web', 'hako top web -eo pid,user,args'],
  async run({ api, args: [container = '', ...options] }) {
    const query = { ps_args: options.join(' ') };
    const { Titles, Processes } = await api.get<{ Titles: string[]; Processes: string[][] | null }>(
      containerPath(container, '/top'),
      query,
    );
    print(alignColumns([Titles, ...(Processes ?? [])].map((row) => row.join('\t'))));
    return undefined;
  },
});
