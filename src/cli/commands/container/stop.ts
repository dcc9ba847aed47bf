/** `hako stop`. */

import { command, integer, text } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { forEach } from '../../each.ts';

export default command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    signal: text('s', 'SIGNAL', 'Signal to send first (default: what the container asks for, or SIGTERM)'),
    timeout: integer('t', 'SECONDS', 'Seconds to wait before it is killed; -1 waits forever'),
    time: { ...integer('', 'SECONDS', ''), hidden: true },
  },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako stop web', 'hako stop --timeout 60 db'],
  run({ api, flags, args }) {
    const query = { t: flags.timeout ?? flags.time, signal: flags.signal };
    return forEach(args, (name) => api.post(containerPath(name, '/stop'), query));
  },
});
