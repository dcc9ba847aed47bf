/** `hako rename`. */
import { command } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';

export default command({
  usage: 'CONTAINER NEW_NAME',
  flags: {},
  arity: [2, 2],
  examples: ['hako rename web web-old'],
  async run({ api, args: [container = '', name = ''] }) {
    await api.post(containerPath(container, '/rename'), { name });
    return undefined;
  },
});
