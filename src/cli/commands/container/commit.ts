/** `hako commit`. */
import { command, list, text, toggle } from '../../args/flags.ts';
import { print } from '../../output.ts';
import { splitReference } from '../../progress/pull.ts';

export default command({
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  flags: {
    author: text('a', 'NAME', 'Who made it'),
    change: list('c', 'INSTRUCTION', 'Dockerfile instruction to apply, such as CMD ["nginx"]'),
    message: text('m', 'TEXT', 'What was changed'),
    pause: toggle('p', 'Freeze the container meanwhile', true),
  },
  arity: [1, 2],
  examples: [`hako commit -m 'add curl' --change 'CMD ["bash"]' shell tools:1`],
  async run({ api, flags, args: [container = '', reference = ''] }) {
    const { name, tag } = reference === '' ? { name: '', tag: '' } : splitReference(reference);
    const query = {
      container,
      repo: name,
      tag,
      author: flags.author,
      comment: flags.message,
      pause: flags.pause,
      changes: flags.change.join('\n'),
    };
    const { Id } = await api.post<{ Id: string }>('/commit', query, {});
    print(`${Id}\n`);
    return undefined;
  },
});
