/** `hako volume inspect`. */
import { command } from '../../args/flags.ts';
import { path } from '../../client/api.ts';
import { inspectAll, inspectFlags } from '../../inspect.ts';

export default command({
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  flags: inspectFlags,
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ["hako volume inspect --format '{{.Mountpoint}}' data"],
  run({ api, flags, args }) {
    return inspectAll(args, flags.format, (name) => api.get(path`/volumes/${name}`));
  },
});
