/** `hako container inspect`. */

import { command, toggle } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { inspectAll, inspectFlags } from '../../inspect.ts';

export default command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: { ...inspectFlags, size: toggle('s', 'Show the size of its files too') },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ["hako container inspect --format '{{.State.Status}}' web"],
  run({ api, flags, args }) {
    return inspectAll(args, flags.format, (name) =>
      api.get(containerPath(name, '/json'), { size: flags.size || undefined }),
    );
  },
});
