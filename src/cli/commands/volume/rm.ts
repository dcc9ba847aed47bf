/** `hako volume rm`. */
import { command, toggle } from '../../args/flags.ts';
import { path } from '../../client/api.ts';
import { forEach } from '../../each.ts';

export default command({
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  flags: { force: toggle('f', 'No error for one that is not there') },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako volume rm data'],
  run({ api, flags, args }) {
    return forEach(args, (name) => api.delete(path`/volumes/${name}`, { force: flags.force ? 1 : undefined }));
  },
});
