/** `hako logs`: a container's output; without a container, the daemon's own log. */

import { command, text, toggle } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { demultiplex } from '../../client/mux.ts';
import { parseTime } from '../../options/times.ts';
import { print, printError } from '../../output.ts';

export default command({
  usage: '[OPTIONS] [CONTAINER]',
  description: "Without a container it shows the daemon's own log.",
  flags: {
    follow: toggle('f', 'Go on with what is written from now on'),
    tail: text('n', 'LINES', 'Show the last lines only', 'all'),
    since: text('', 'TIME', 'Show what is newer, such as 10m or 2026-11-21T13:23:37Z'),
    until: text('', 'TIME', 'Show what is older'),
    timestamps: toggle('t', 'Show when each line was written'),
    details: toggle('', 'Show the attributes that --log-opt added'),
    daemon: toggle('', "Show the daemon's log"),
  },
  arity: [0, 1],
  examples: ['hako logs -f --tail 100 web', 'hako logs   # the daemon'],
  async run({ api, flags, args: [container] }) {
    if (container === undefined || flags.daemon) {
      const { showDaemonLog } = await import('../../machine/daemon-log.ts');
      return showDaemonLog({ follow: flags.follow, tail: flags.tail });
    }
    const [info, response] = await Promise.all([
      api.get<{ Config: { Tty: boolean } }>(containerPath(container, '/json')),
      api.request('GET', containerPath(container, '/logs'), { query: logQuery(flags) }),
    ]);
    if (info.Config.Tty) for await (const chunk of response.body) await print(chunk);
    else
      for await (const { stream, data } of demultiplex(response.body))
        await (stream === 'stderr' ? printError : print)(data);
    return undefined;
  },
});

function logQuery(flags: {
  follow: boolean;
  tail: string;
  since: string;
  until: string;
  timestamps: boolean;
  details: boolean;
}) {
  return {
    stdout: 1,
    stderr: 1,
    follow: flags.follow ? 1 : undefined,
    tail: flags.tail,
    since: parseTime(flags.since),
    until: parseTime(flags.until),
    timestamps: flags.timestamps ? 1 : undefined,
    details: flags.details ? 1 : undefined,
  };
}
