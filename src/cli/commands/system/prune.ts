/** `hako system prune`. */
import { command, toggle } from '../../args/flags.ts';
import { UsageError } from '../../errors.ts';
import { humanSize } from '../../format/units.ts';
import { filtersQuery } from '../../options/filters.ts';
import { print } from '../../output.ts';
import { pruneFlags, pruneKind } from '../../prune.ts';

export default command({
  usage: '[OPTIONS]',
  flags: {
    ...pruneFlags,
    all: toggle('a', 'Remove images that have a name too, when no container uses them'),
    volumes: toggle('', 'Remove anonymous volumes too'),
  },
  arity: [0, 0],
  examples: ['hako system prune', 'hako system prune -af --volumes'],
  async run({ api, flags }) {
    const images = flags.all ? 'all images that no container uses' : 'all images without a name';
    const what = [
      'all stopped containers',
      'all networks that no container uses',
      ...(flags.volumes ? ['all anonymous volumes that no container uses'] : []),
      images,
    ];
    // Volumes have no age: docker and its API refuse this, too. Said before anything is gone.
    if (flags.volumes && flags.filter.some((filter) => /^\s*until\s*=/i.test(filter)))
      throw new UsageError('the until filter cannot be used with --volumes: prune volumes on their own');
    const only = flags.filter.length === 0 ? '' : `\nOnly what matches:\n${linesOf(flags.filter)}`;
    const warning = `This will remove:\n${linesOf(what)}${only}`;
    const filters = filtersQuery(flags.filter);
    if (!flags.force && !(await (await import('../../confirm.ts')).confirm(warning))) return 0;
    let bytes = await pruneKind(api, 'containers', filters);
    await pruneKind(api, 'networks', filters);
    if (flags.volumes) bytes += await pruneKind(api, 'volumes', filters);
    bytes += await pruneKind(api, 'images', filtersQuery(flags.filter, { dangling: [String(!flags.all)] }));
    print(`Total reclaimed space: ${humanSize(bytes)}\n`);
    return 0;
  },
});

function linesOf(items: readonly string[]): string {
  return items.map((item) => `  - ${item}\n`).join('');
}
