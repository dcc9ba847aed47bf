/** `hako kill`. */

import { command, text } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { forEach } from '../../each.ts';

export default command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: { signal: text('s', 'SIGNAL', 'Signal to send (default SIGKILL)') },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako kill web', 'hako kill --signal HUP nginx   # reload its settings'],
  run({ api, flags, args }) {
    return forEach(args, (name) => api.post(containerPath(name, '/kill'), { signal: flags.signal }));
  },
});
