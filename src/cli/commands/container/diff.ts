/** `hako diff`. */
import { command } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { print } from '../../output.ts';

/** Modified, added, deleted, as the API counts them. */
const KINDS = ['C', 'A', 'D'];

export default command({
  usage: 'CONTAINER',
  flags: {},
  arity: [1, 1],
  description: 'C is a changed path, A an added one, D a deleted one.',
  examples: ['hako diff web'],
  async run({ api, args: [container = ''] }) {
    const changes = await api.get<{ Kind: number; Path: string }[] | null>(containerPath(container, '/changes'));
    print((changes ?? []).map(({ Kind, Path }) => `${KINDS[Kind] ?? '?'} ${Path}\n`).join(''));
    return undefined;
  },
});
