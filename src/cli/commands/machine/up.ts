/** `hako up`. */
import { command, text } from '../../args/flags.ts';
import { CliError, UsageError } from '../../errors.ts';
import { daemonPid } from '../../machine/process.ts';
import { daemonFlags, daemonPaths, flagWords } from '../../machine/settings.ts';
import { print } from '../../output.ts';

export default command({
  usage: '[OPTIONS]',
  description:
    'Installs the Debian packages that the daemon needs, after saying which, and starts it in the background.',
  flags: { ...daemonFlags, only: text('', 'PART', 'Start this part only: engine') },
  arity: [0, 0],
  examples: ['hako up', 'HAKO_ROOT=/srv/hako HAKO_RUN=/run/hako-2 hako up   # a second daemon beside the first'],
  async run({ flags }) {
    if (!['', 'engine'].includes(flags.only)) throw new UsageError(`--only ${flags.only}: write engine`);
    if (process.getuid?.() !== 0)
      throw new CliError('the daemon makes namespaces, mounts and networks: run hako up as root');
    const paths = daemonPaths(flags);
    const running = daemonPid(paths);
    if (running !== undefined) {
      print(`The daemon runs already (process ${running}) on unix://${paths.socket}\n`);
      return 0;
    }
    const { enginePackages, provide } = await import('../../install/packages.ts');
    await provide(enginePackages, 'the daemon');
    const { warmCompileCache } = await import('../../machine/warm-cache.ts');
    await warmCompileCache();
    const { startDaemon, waitForOther } = await import('../../machine/start-daemon.ts');
    const { only: _, ...settings } = flags;
    const pid = await startDaemon(paths, flagWords(settings)).catch((error: unknown) => waitForOther(error, paths));
    print(`The daemon is up (process ${pid}) on unix://${paths.socket}\n`);
    print(`Docker's clients use it with: export DOCKER_HOST=unix://${paths.socket}\n`);
    return 0;
  },
});
