/** `hako container prune`. */
import { command } from '../../args/flags.ts';
import { pruneFlags, pruneObjects } from '../../prune.ts';

export default command({
  usage: '[OPTIONS]',
  flags: pruneFlags,
  arity: [0, 0],
  examples: ['hako container prune', 'hako container prune -f --filter until=24h'],
  run({ api, flags }) {
    return pruneObjects(api, 'containers', flags, 'This will remove all stopped containers.');
  },
});
