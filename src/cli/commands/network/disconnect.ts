/** `hako network disconnect`. */
import { command, toggle } from '../../args/flags.ts';
import { path } from '../../client/api.ts';

export default command({
  usage: '[OPTIONS] NETWORK CONTAINER',
  flags: { force: toggle('f', 'Even when the container is gone') },
  arity: [2, 2],
  examples: ['hako network disconnect app postgres'],
  async run({ api, flags, args: [network = '', Container = ''] }) {
    await api.post(path`/networks/${network}/disconnect`, {}, { Container, Force: flags.force });
    return undefined;
  },
});
