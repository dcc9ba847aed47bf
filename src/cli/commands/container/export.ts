/** `hako export`. */

import { command, text } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { openTarTarget } from '../../files.ts';

export default command({
  usage: '[OPTIONS] CONTAINER',
  flags: { output: text('o', 'FILE', 'Write to a file instead of standard output') },
  arity: [1, 1],
  examples: ['hako export -o rootfs.tar web', 'hako export web | tar -t'],
  async run({ api, flags, args: [container = ''] }) {
    const write = openTarTarget(flags.output);
    const response = await api.request('GET', containerPath(container, '/export'));
    await write(response.body);
    return undefined;
  },
});
