/** `hako stats`. */
import { command, text, toggle } from '../../args/flags.ts';
import { renderList } from '../../format/list.ts';
import { print } from '../../output.ts';
import { statsColumns } from '../../rows/stats.ts';
import { StatsWatch } from '../../stats-watch.ts';

const TABLE =
  'table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}';
const REFRESH_MS = 500;
const CLEAR_SCREEN = '\u001b[H\u001b[2J\u001b[3J';

export default command({
  usage: '[OPTIONS] [CONTAINER...]',
  flags: {
    all: toggle('a', 'Show stopped containers too'),
    format: text('', 'FORMAT', "table, json, or a Go template such as '{{.Name}} {{.CPUPerc}}'"),
    'no-stream': toggle('', 'Show one measurement and exit'),
    'no-trunc': toggle('', 'Show ids in full'),
  },
  arity: [0, Number.POSITIVE_INFINITY],
  examples: ['hako stats', 'hako stats --no-stream --format json web'],
  async run({ api, flags, args }) {
    const watch = new StatsWatch(api, { names: args, all: flags.all, stream: !flags['no-stream'] });
    const columns = statsColumns(flags['no-trunc']);
    const show = () => print(renderList(watch.rows(), { format: flags.format, table: TABLE, columns }));
    await watch.open();
    if (flags['no-stream']) {
      await watch.ended;
      show();
      return undefined;
    }
    // The API measures once a second: the table is drawn twice as often, so that no measurement is late.
    const timer = setInterval(() => {
      if (process.stdout.isTTY) print(CLEAR_SCREEN);
      show();
    }, REFRESH_MS);
    await watch.ended;
    clearInterval(timer);
    return undefined;
  },
});
