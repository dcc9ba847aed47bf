/** `hako network inspect`. */
import { command, toggle } from '../../args/flags.ts';
import { path } from '../../client/api.ts';
import { inspectAll, inspectFlags } from '../../inspect.ts';

export default command({
  usage: '[OPTIONS] NETWORK [NETWORK...]',
  flags: { ...inspectFlags, verbose: toggle('v', 'Show more, where there is more') },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ["hako network inspect --format '{{range .Containers}}{{println .Name .IPv4Address}}{{end}}' app"],
  run({ api, flags, args }) {
    return inspectAll(args, flags.format, (name) =>
      api.get(path`/networks/${name}`, { verbose: flags.verbose || undefined }),
    );
  },
});
