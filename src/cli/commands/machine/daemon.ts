/** `hako daemon`: the only command that is the daemon instead of talking to it. */
import { flushCompileCache } from 'node:module';
import { command } from '../../args/flags.ts';
import { daemonFlags, settingsFlags } from '../../machine/settings.ts';

export default command({
  usage: '[OPTIONS]',
  description: 'Runs in the foreground until SIGTERM or SIGINT; containers run on. hako up runs it in the background.',
  flags: daemonFlags,
  arity: [0, 0],
  examples: ['hako daemon --log-level debug', 'hako system unit > /etc/systemd/system/hako.service   # for systemd'],
  async run({ flags }) {
    const { runDaemon } = await import('#daemon');
    // A daemon may never end in order: what was compiled is kept now, for the next start.
    flushCompileCache();
    await runDaemon({ flags: settingsFlags(flags) });
    return 0;
  },
});
