/** `hako tag`. */
import { command } from '../../args/flags.ts';
import { path } from '../../client/api.ts';
import { splitReference } from '../../progress/pull.ts';

export default command({
  usage: 'IMAGE NAME[:TAG]',
  flags: {},
  arity: [2, 2],
  examples: ['hako tag app:1 app:latest'],
  async run({ api, args: [image = '', reference = ''] }) {
    const { name, tag } = splitReference(reference);
    await api.post(path`/images/${image}/tag`, { repo: name, tag });
    return undefined;
  },
});
