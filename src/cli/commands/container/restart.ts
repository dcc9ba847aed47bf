/** `hako restart`. */

import { command, integer, text } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { forEach } from '../../each.ts';

export default command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    signal: text('s', 'SIGNAL', 'Signal to send first'),
    timeout: integer('t', 'SECONDS', 'Seconds to wait before it is killed'),
    time: { ...integer('', 'SECONDS', ''), hidden: true },
  },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako restart web'],
  run({ api, flags, args }) {
    const query = { t: flags.timeout ?? flags.time, signal: flags.signal };
    return forEach(args, (name) => api.post(containerPath(name, '/restart'), query));
  },
});
