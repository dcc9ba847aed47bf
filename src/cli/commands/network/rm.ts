/** `hako network rm`. */
import { command, toggle } from '../../args/flags.ts';
import { path } from '../../client/api.ts';
import { forEach } from '../../each.ts';
import { isStatus } from '../../errors.ts';
import { note } from '../../output.ts';

export default command({
  usage: '[OPTIONS] NETWORK [NETWORK...]',
  flags: { force: toggle('f', 'No error for one that is not there') },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako network rm app'],
  run({ api, flags, args }) {
    return forEach(args, async (name) => {
      try {
        return await api.delete<undefined>(path`/networks/${name}`);
      } catch (error) {
        if (!flags.force || !isStatus(error, 404)) throw error;
        note(error.message);
        return '';
      }
    });
  },
});
