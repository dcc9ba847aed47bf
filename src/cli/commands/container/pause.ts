/** `hako pause`. */
import { containerPath } from '../../client/references.ts';
import { command } from '../../command.ts';
import { forEach } from '../../each.ts';

export default command({
  usage: 'CONTAINER [CONTAINER...]',
  flags: {},
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako pause web'],
  run({ api, args }) {
    return forEach(args, (name) => api.post(containerPath(name, '/pause')));
  },
});
