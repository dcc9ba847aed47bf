/** `hako attach`. */

import { command, text, toggle } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { attach, followSizeOf, join } from '../../container-session/attached.ts';
import { CliError } from '../../errors.ts';
import { print } from '../../output.ts';
import { forwardSignals } from '../../terminal/signals.ts';

interface Inspected {
  Id: string;
  State: { Running: boolean; Paused: boolean; Restarting: boolean; ExitCode: number };
  Config: { Tty: boolean; OpenStdin: boolean };
}

export default command({
  usage: '[OPTIONS] CONTAINER',
  flags: {
    'no-stdin': toggle('', 'Do not send our standard input'),
    'sig-proxy': toggle('', 'Pass signals on to the container', true),
    'detach-keys': text('', 'KEYS', 'Keys that leave the container running (default ctrl-p,ctrl-q)'),
  },
  arity: [1, 1],
  examples: ['hako attach shell   # leave it with ctrl-p ctrl-q'],
  async run({ api, flags, args: [name = ''] }) {
    const { Id: id, State: state, Config: config } = await api.get<Inspected>(containerPath(name, '/json'));
    if (!state.Running) throw new CliError(`container ${name} does not run: hako start -ai ${name}`);
    if (state.Paused) throw new CliError(`container ${name} is paused: hako unpause ${name}`);
    const options = {
      tty: config.Tty,
      stdin: !flags['no-stdin'] && config.OpenStdin,
      stdout: true,
      stderr: true,
      detachKeys: flags['detach-keys'],
    };
    const attached = await attach(api, id, options);
    if (flags['sig-proxy'] && !config.Tty) forwardSignals(api, id);
    const session = join(attached, options);
    if (config.Tty) await followSizeOf(api, id);
    if ((await session) === 'detached') {
      print(`\r\nhako: detached; the container runs on: hako attach ${name}\r\n`);
      return 0;
    }
    return exitCode();

    /** The container may end a moment after its output. */
    async function exitCode(): Promise<number> {
      const answer = await api.post<{ StatusCode: number }>(containerPath(id, '/wait'));
      return answer.StatusCode;
    }
  },
});
