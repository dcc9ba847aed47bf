/** `hako login`. */
import { text as readAll } from 'node:stream/consumers';
import { command, text, toggle } from '../../args/flags.ts';
import { CliError } from '../../errors.ts';
import { parseServer } from '../../login/domain.ts';
import { askHidden, askLine } from '../../login/prompt.ts';
import { note, print } from '../../output.ts';

export default command({
  usage: '[OPTIONS] [SERVER]',
  description: 'Shows user name and password to the registry and keeps them where docker does: ~/.docker/config.json.',
  flags: {
    username: text('u', 'NAME', 'User name'),
    password: text('p', 'TEXT', 'Password; other users of this machine may see it, --password-stdin is better'),
    'password-stdin': toggle('', 'Read the password from standard input'),
  },
  arity: [0, 1],
  examples: ['hako login registry.example', 'hako login -u anna --password-stdin registry.example < token'],
  async run({ api, flags, args: [server = ''] }) {
    const { configKey, DockerConfig, toAuthConfig } = await import('#images/remote');
    const domain = parseServer(server);
    const credentials = await askFor(flags);
    await api.post('/auth', {}, toAuthConfig(credentials, configKey(domain)));
    const isPlain = await DockerConfig.open().store(domain, credentials);
    if (isPlain)
      note(
        'warning: the password lies unencrypted in config.json: set up a credential helper ("credsStore") to change that',
      );
    print('Login Succeeded\n');
    return undefined;
  },
});

async function askFor(flags: { username: string; password: string; 'password-stdin': boolean }) {
  if (flags['password-stdin'] && flags.username === '') throw new CliError('--password-stdin needs --username');
  const username = flags.username || (await askLine('Username: '));
  const given = flags['password-stdin'] ? (await readAll(process.stdin)).replace(/\r?\n$/, '') : flags.password;
  const password = given || (await askHidden('Password: '));
  if (username === '' || password === '') throw new CliError('give a user name and a password');
  return { username, password };
}
