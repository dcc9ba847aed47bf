/** `hako status`. */
import { command, text } from '../../args/flags.ts';
import { CliError } from '../../errors.ts';
import { renderValue } from '../../format/list.ts';
import { daemonPid } from '../../machine/process.ts';
import { daemonPaths } from '../../machine/settings.ts';
import { print } from '../../output.ts';
import type { Info } from '../../rows/info.ts';

/** No daemon: the exit code that the Linux Standard Base gives a service that does not run. */
const NOT_RUNNING = 3;

export default command({
  usage: '[OPTIONS]',
  description:
    'Exits with 0 when the daemon answers, with 3 when it does not run, with 1 when it runs and does not answer.',
  flags: { format: text('f', 'FORMAT', "json, or a Go template such as '{{.Daemon}}'") },
  arity: [0, 0],
  examples: ['hako status', 'hako status --format json'],
  async run({ api, flags }) {
    const paths = daemonPaths();
    const pid = api.address.isLocal ? daemonPid(paths) : undefined;
    let problem = '';
    const info = await api.get<Info>('/info').catch((error: unknown) => {
      if (!(error instanceof CliError)) throw error;
      problem = error.message;
      return undefined;
    });
    const status = {
      Daemon: info !== undefined ? 'up' : pid !== undefined ? 'not answering' : 'down',
      Pid: pid ?? 0,
      Host: api.address.text,
      Version: info?.ServerVersion ?? '',
      Containers: info?.Containers ?? 0,
      ContainersRunning: info?.ContainersRunning ?? 0,
      Images: info?.Images ?? 0,
      Root: info?.DockerRootDir ?? paths.root,
      Run: paths.run,
      Log: paths.log,
      Problem: problem,
    };
    print(flags.format === '' ? statusText(status) : renderValue(status, flags.format));
    return info !== undefined ? 0 : pid === undefined ? NOT_RUNNING : 1;
  },
});

function statusText(status: Record<string, string | number> & { ContainersRunning: number }): string {
  const { Daemon, Pid, Host, Version, Containers, ContainersRunning, Images, Root, Run, Log, Problem } = status;
  const isUp = Daemon === 'up';
  const lines: [string, string | number | undefined][] = [
    ['Daemon', `${Daemon}${Pid === 0 ? '' : ` (process ${Pid})`}`],
    ['Listens on', isUp ? Host : undefined],
    ['Version', isUp ? Version : undefined],
    ['Containers', isUp ? `${ContainersRunning} running, ${Containers} in all` : undefined],
    ['Images', isUp ? Images : undefined],
    ['State', Root],
    ['Sockets', Run],
    ['Log', Log],
    ['Problem', Problem || undefined],
  ];
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${`${name}:`.padEnd(13)}${value}\n`)
    .join('');
}
