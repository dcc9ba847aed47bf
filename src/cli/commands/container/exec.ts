/** `hako exec`. */
import { command, list, text, toggle } from '../../args/flags.ts';
import { type ApiClient, containerPath, path } from '../../client/api.ts';
import { join } from '../../container-session/attached.ts';
import { startFailure } from '../../container-session/exit-code.ts';
import { CliError } from '../../errors.ts';
import { readEnvironment } from '../../options/files.ts';
import { unlessBlank } from '../../options/values.ts';
import { followSize, terminalSize } from '../../terminal/resize.ts';

export default command({
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  description: "Exits with the command's exit code; 126 when it can't be run, 127 when there is no such command.",
  flags: {
    detach: toggle('d', 'Run in the background'),
    interactive: toggle('i', 'Send our standard input'),
    tty: toggle('t', 'Give the command a terminal'),
    env: list('e', 'KEY=VALUE', 'Set an environment variable; KEY alone passes on ours'),
    'env-file': list('', 'FILE', 'Read environment variables from a file'),
    user: text('u', 'USER[:GROUP]', 'User of the command'),
    workdir: text('w', 'DIR', 'Working directory of the command'),
    privileged: toggle('', 'Give the command all capabilities'),
    'detach-keys': text('', 'KEYS', 'Keys that leave the command running (default ctrl-p,ctrl-q)'),
  },
  interspersed: false,
  arity: [2, Number.POSITIVE_INFINITY],
  examples: ['hako exec -it web sh', 'hako exec -u postgres db pg_dump app > app.sql'],
  async run({ api, flags, args }) {
    const [container = '', ...Cmd] = args;
    if (!flags.detach && flags.tty && flags.interactive && !process.stdin.isTTY) {
      throw new CliError('standard input is no terminal: leave -t out, or run it from a terminal');
    }
    const size = flags.tty ? terminalSize() : undefined;
    const config = {
      AttachStdin: flags.interactive && !flags.detach,
      AttachStdout: !flags.detach,
      AttachStderr: !flags.detach,
      Tty: flags.tty,
      Cmd,
      Env: readEnvironment(flags['env-file'], flags.env),
      User: unlessBlank(flags.user),
      WorkingDir: unlessBlank(flags.workdir),
      Privileged: flags.privileged,
      DetachKeys: unlessBlank(flags['detach-keys']),
      ConsoleSize: size === undefined ? undefined : [size.rows, size.columns],
    };
    const { Id } = await api.post<{ Id: string }>(containerPath(container, '/exec'), {}, config);
    const start = { Detach: flags.detach, Tty: flags.tty, ConsoleSize: config.ConsoleSize };
    if (flags.detach) return startDetached(api, Id, start);
    return startAttached(api, Id, start, { stdin: flags.interactive, detachKeys: flags['detach-keys'] });
  },
});

async function startDetached(api: ApiClient, id: string, body: object): Promise<number> {
  try {
    await api.post(path`/exec/${id}/start`, {}, body);
    return 0;
  } catch (error) {
    throw startFailure(error);
  }
}

async function startAttached(
  api: ApiClient,
  id: string,
  body: { Tty: boolean },
  options: { stdin: boolean; detachKeys: string },
): Promise<number> {
  const hijacked = await api.hijack(path`/exec/${id}/start`, { json: body }).catch((error: unknown) => {
    throw startFailure(error);
  });
  const session = join(hijacked, { tty: body.Tty, ...options });
  if (body.Tty) await followSize(api, path`/exec/${id}/resize`);
  if ((await session) === 'detached') return 0;
  const { ExitCode } = await api.get<{ ExitCode: number | null }>(path`/exec/${id}/json`);
  return ExitCode ?? 0;
}
