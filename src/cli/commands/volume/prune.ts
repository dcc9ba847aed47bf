/** `hako volume prune`. */
import { command, toggle } from '../../args/flags.ts';
import { pruneFlags, pruneObjects } from '../../prune.ts';

export default command({
  usage: '[OPTIONS]',
  flags: { ...pruneFlags, all: toggle('a', 'Remove volumes that have a name too') },
  arity: [0, 0],
  examples: ['hako volume prune', 'hako volume prune -af'],
  run({ api, flags }) {
    const kind = flags.all ? 'volumes' : 'anonymous volumes';
    const fixed: Record<string, string[]> = flags.all ? { all: ['true'] } : {};
    return pruneObjects(api, 'volumes', flags, `This will remove all ${kind} that no container uses.`, fixed);
  },
});
