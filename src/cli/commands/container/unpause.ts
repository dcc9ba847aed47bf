/** `hako unpause`. */
import { command } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { forEach } from '../../each.ts';

export default command({
  usage: 'CONTAINER [CONTAINER...]',
  flags: {},
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako unpause web'],
  run({ api, args }) {
    return forEach(args, (name) => api.post(containerPath(name, '/unpause')));
  },
});
