/** `hako rename`. */
import { containerPath } from '../../client/references.ts';
import { command } from '../../command.ts';

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
