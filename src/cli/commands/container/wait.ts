/** `hako wait`. */
import { command } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
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
