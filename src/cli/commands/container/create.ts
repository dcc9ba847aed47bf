/** `hako create`. */
import { command } from '../../args/flags.ts';
import { createContainer } from '../../container-session/create-container.ts';
import { createFlags } from '../../options/create.ts';
import { print } from '../../output.ts';

export default command({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  flags: createFlags,
  interspersed: false,
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako create --name db -v data:/var/lib/postgresql/data postgres', 'hako start db'],
  async run({ api, flags, given, args }) {
    print(`${await createContainer(api, flags, given, args)}\n`);
    return undefined;
  },
});
