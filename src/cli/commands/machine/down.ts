/** `hako down`. */
import { command, text, toggle } from '../../args/flags.ts';
import { ApiClient } from '../../client/api.ts';
import { parseHost } from '../../client/host.ts';
import { CliError } from '../../errors.ts';
import { daemonPid, stopProcess } from '../../machine/process.ts';
import { purgeFiles, purgeObjects, stopContainers } from '../../machine/purge.ts';
import { type DaemonPaths, daemonPaths } from '../../machine/settings.ts';
import { print } from '../../output.ts';

export default command({
  usage: '[OPTIONS]',
  description: 'Containers run on, and the next hako up is in charge of them again.',
  flags: {
    all: toggle('', 'Stop the containers too'),
    purge: toggle('', 'Remove every trace: containers, images, volumes, networks, folders'),
    force: toggle('f', 'Do not ask before --purge'),
    root: text('', 'DIR', 'Folder of lasting state (default $HAKO_ROOT, then /var/lib/hako)'),
    run: text('', 'DIR', 'Folder of sockets and volatile state (default $HAKO_RUN, then /run/hako)'),
  },
  arity: [0, 0],
  examples: ['hako down', 'hako down --all', 'hako down --purge', 'hako down --purge --force'],
  async run({ flags }) {
    if (process.getuid?.() !== 0) throw new CliError('only root can stop the daemon');
    const paths = daemonPaths(flags);
    if (flags.purge && !flags.force && !(await confirmPurge(paths))) return 0;
    const api = new ApiClient(parseHost(`unix://${paths.socket}`));
    let pid = daemonPid(paths);
    if (pid === undefined && flags.purge) {
      // What a killed daemon left on the host only a daemon knows how to remove.
      const { reviveForPurge } = await import('../../machine/purge.ts');
      pid = await reviveForPurge(paths);
    }
    if (pid !== undefined) {
      if (flags.purge) await purgeObjects(api);
      else if (flags.all) await stopContainers(api);
      await stopProcess(pid, paths);
    }
    if (flags.purge) purgeFiles(paths);
    print(
      pid === undefined && !flags.purge
        ? 'No daemon runs\n'
        : flags.purge
          ? 'The daemon is gone, with every trace\n'
          : 'The daemon is down\n',
    );
    return 0;
  },
});

async function confirmPurge({ root, run }: DaemonPaths): Promise<boolean> {
  const { confirm } = await import('../../confirm.ts');
  return confirm(
    `This will remove all containers, images, volumes and networks of the daemon, and ${root} and ${run}.`,
  );
}
