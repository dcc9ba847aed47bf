/** `hako network prune`. */
import { command } from '../../args/flags.ts';
import { pruneFlags, pruneObjects } from '../../prune.ts';

export default command({
  usage: '[OPTIONS]',
  flags: pruneFlags,
  arity: [0, 0],
  examples: ['hako network prune -f'],
  run({ api, flags }) {
    return pruneObjects(api, 'networks', flags, 'This will remove all networks that no container uses.');
  },
});
