/** `hako rm`. */

import { command, toggle } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { forEach } from '../../each.ts';
import { isStatus } from '../../errors.ts';
import { note } from '../../output.ts';

export default command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    force: toggle('f', 'Kill a running container first; no error for one that is not there'),
    link: toggle('l', 'Remove the link only'),
    volumes: toggle('v', 'Remove its anonymous volumes too'),
  },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako rm web', 'hako rm -f $(hako ps -aq)'],
  run({ api, flags, args }) {
    const query = { force: flags.force || undefined, v: flags.volumes || undefined, link: flags.link || undefined };
    return forEach(args, async (name) => {
      try {
        return await api.delete<undefined>(containerPath(name, ''), query);
      } catch (error) {
        if (!flags.force || !isStatus(error, 404)) throw error;
        note(error.message);
        return '';
      }
    });
  },
});
