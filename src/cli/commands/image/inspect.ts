/** `hako image inspect`. */
import { command, text } from '../../args/flags.ts';
import { path } from '../../client/api.ts';
import { inspectAll, inspectFlags } from '../../inspect.ts';

export default command({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: { ...inspectFlags, platform: text('', 'OS/ARCH', 'Platform to show') },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ["hako image inspect --format '{{json .Config}}' debian:bookworm"],
  run({ api, flags, args }) {
    return inspectAll(args, flags.format, (name) => api.get(path`/images/${name}/json`, { platform: flags.platform }));
  },
});
