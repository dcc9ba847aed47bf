/** `hako wait`. */
import { containerPath } from '../../client/references.ts';
import { command } from '../../command.ts';
import { forEach } from '../../each.ts';

export default command({
  usage: 'CONTAINER [CONTAINER...]',
  flags: {},
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako wait job   # prints its exit code'],
  run({ api, args }) {
    return forEach(args, async (name) => {
      const { StatusCode } = await api.post<{ StatusCode: number }>(containerPath(name, '/wait'));
      return String(StatusCode);
    });
  },
});
