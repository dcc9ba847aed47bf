/** `hako logout`. */
import { command } from '../../args/flags.ts';
import { parseServer } from '../../login/domain.ts';
import { print } from '../../output.ts';

export default command({
  usage: '[SERVER]',
  description: 'Forgets the credentials for a registry; by default docker.io.',
  flags: {},
  arity: [0, 1],
  examples: ['hako logout registry.example'],
  async run({ args: [server = ''] }) {
    const { DockerConfig } = await import('#images/remote');
    const domain = parseServer(server);
    const wasThere = await DockerConfig.open().erase(domain);
    print(wasThere ? `Removed the credentials for ${domain}\n` : `Not logged in to ${domain}\n`);
    return undefined;
  },
});
