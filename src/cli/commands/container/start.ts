/** `hako start`. */

import { command, text, toggle } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { runInForeground } from '../../container-session/attached.ts';
import { forEach } from '../../each.ts';
import { CliError, UsageError, withExitCode } from '../../errors.ts';

interface Inspected {
  Id: string;
  State: { Running: boolean; Paused: boolean };
  Config: { Tty: boolean; OpenStdin: boolean };
  HostConfig: { AutoRemove: boolean };
}

export default command({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  flags: {
    attach: toggle('a', 'Stay in the foreground with its output'),
    interactive: toggle('i', 'Stay in the foreground with our input too'),
    'detach-keys': text('', 'KEYS', 'Keys that leave the container running (default ctrl-p,ctrl-q)'),
    'sig-proxy': { ...toggle('', '', true), hidden: true },
  },
  arity: [1, Number.POSITIVE_INFINITY],
  examples: ['hako start web db', 'hako start -ai shell'],
  async run({ api, flags, args }) {
    const [name = ''] = args;
    if (!flags.attach && !flags.interactive) {
      return forEach(args, (container) => api.post(containerPath(container, '/start')));
    }
    if (args.length > 1) throw new UsageError('only one container can be in the foreground');
    const info = await api.get<Inspected>(containerPath(name, '/json'));
    if (info.State.Running) throw new CliError(`container ${name} runs already: hako attach ${name}`);
    try {
      return await runInForeground(api, info.Id, {
        tty: info.Config.Tty,
        stdin: flags.interactive && info.Config.OpenStdin,
        stdout: true,
        stderr: true,
        sigProxy: flags['sig-proxy'],
        detachKeys: flags['detach-keys'],
        autoRemove: info.HostConfig.AutoRemove,
      });
    } catch (error) {
      throw error instanceof CliError ? withExitCode(error, 1) : error;
    }
  },
});
