/** `hako cp`, in both directions. */
import { command, toggle } from '../../args/flags.ts';
import { copyFromContainer } from '../../copy/from-container.ts';
import { parsePlace } from '../../copy/place.ts';
import { copyToContainer } from '../../copy/to-container.ts';
import { UsageError } from '../../errors.ts';

export default command({
  usage: 'CONTAINER:PATH PATH|-  or  PATH|- CONTAINER:PATH',
  description: 'A dash stands for a tar on standard input or output. PATH/. copies what is in a folder.',
  flags: {
    archive: toggle('a', 'Keep owners'),
    'follow-link': toggle('L', 'Copy what a symbolic link points to'),
    quiet: toggle('q', 'Do not say what was copied'),
  },
  arity: [2, 2],
  examples: ['hako cp web:/etc/nginx/nginx.conf .', 'hako cp ./site/. web:/srv', 'hako cp db:/var/lib/data - | tar -t'],
  async run({ api, flags, args: [from = '', to = ''] }) {
    const [source, target] = [parsePlace(from), parsePlace(to)];
    const options = { followLink: flags['follow-link'], archive: flags.archive, quiet: flags.quiet };
    if (source.container !== undefined && target.container !== undefined) {
      throw new UsageError('one side must be on this machine: copy between containers in two steps');
    }
    if (source.container !== undefined)
      await copyFromContainer(api, source.container, source.path, target.path, options);
    else if (target.container !== undefined)
      await copyToContainer(api, source.path, target.container, target.path, options);
    else throw new UsageError('one side must be CONTAINER:PATH');
    return undefined;
  },
});
