/** `hako run`: create, attach, start, wait. */

import { command, text, toggle } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { removeLeftover, runInForeground } from '../../container-session/attached.ts';
import { createContainer } from '../../container-session/create-container.ts';
import { startFailure } from '../../container-session/exit-code.ts';
import { CliError, UsageError, withExitCode } from '../../errors.ts';
import { createFlags } from '../../options/create.ts';
import { print } from '../../output.ts';

const DAEMON_FAILURE = 125;

export default command({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  description:
    "Exits with the container's exit code; 125 when the container could not be made, 126 when its command can't be run, 127 when there is no such command.",
  flags: {
    detach: toggle('d', 'Run in the background and print the id'),
    ...createFlags,
    'sig-proxy': toggle('', 'Pass signals on to the container', true),
    'detach-keys': text('', 'KEYS', 'Keys that leave the container running (default ctrl-p,ctrl-q)'),
  },
  interspersed: false,
  arity: [1, Number.POSITIVE_INFINITY],
  usageExitCode: DAEMON_FAILURE,
  examples: [
    'hako run --rm -it debian:bookworm bash',
    'hako run -d --name web -p 8080:80 --memory 256m --restart unless-stopped nginx',
    'hako run --rm -v ./data:/data:ro --network none busybox ls /data',
  ],
  async run({ api, flags, given, args }) {
    if (flags.detach && flags.attach.length > 0) throw new UsageError('--detach and --attach contradict each other');
    const attachStdin = flags.attach.length === 0 ? flags.interactive : flags.attach.includes('stdin');
    if (!flags.detach && flags.tty && attachStdin && !process.stdin.isTTY) {
      throw new CliError('standard input is no terminal: leave -t out, or run it from a terminal');
    }
    const id = await create(() => createContainer(api, flags, given, args));
    if (flags.detach) return startDetached(id);
    const all = flags.attach.length === 0;
    return runInForeground(api, id, {
      tty: flags.tty,
      stdin: attachStdin,
      stdout: all || flags.attach.includes('stdout'),
      stderr: all || flags.attach.includes('stderr'),
      sigProxy: flags['sig-proxy'],
      detachKeys: flags['detach-keys'],
      autoRemove: flags.rm,
    });

    async function startDetached(created: string): Promise<number> {
      try {
        await api.post(containerPath(created, '/start'));
      } catch (error) {
        if (flags.rm) await removeLeftover(api, created);
        throw startFailure(error);
      }
      print(`${created}\n`);
      return 0;
    }
  },
});

async function create(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof CliError)) throw error;
    throw withExitCode(error, DAEMON_FAILURE);
  }
}
