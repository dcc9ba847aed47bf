/** `hako image prune`. */
import { command, toggle } from '../../args/flags.ts';
import { pruneFlags, pruneObjects } from '../../prune.ts';

export default command({
  usage: '[OPTIONS]',
  flags: { ...pruneFlags, all: toggle('a', 'Remove images that have a name too, when no container uses them') },
  arity: [0, 0],
  examples: ['hako image prune', 'hako image prune -af'],
  run({ api, flags }) {
    const warning = `This will remove all ${flags.all ? 'images that no container uses' : 'images without a name'}.`;
    return pruneObjects(api, 'images', flags, warning, { dangling: [String(!flags.all)] });
  },
});
