/** `hako daemon`: the only command that is the daemon instead of talking to it. */

import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { command } from '../../args/flags.ts';
import { loadDaemon } from '../../machine/bundle.ts';
import { daemonFlags, settingsFlags } from '../../machine/settings.ts';

export default command({
  usage: '[OPTIONS]',
  description: 'Runs in the foreground until SIGTERM or SIGINT; containers run on. hako up runs it in the background.',
  flags: daemonFlags,
  arity: [0, 0],
  examples: ['hako daemon --log-level debug', 'hako system unit > /etc/systemd/system/hako.service   # for systemd'],
  async run({ flags }) {
    keepHeapSmall();
    const { runDaemon } = await loadDaemon();
    // A daemon may never end in order: what was compiled is kept now, for the next start.
    flushCompileCache();
    try {
      await runDaemon({ flags: settingsFlags(flags) });
      return 0;
    } catch (error) {
      reportFailure(error);
      throw error;
    }
  },
});

/**
 * Keeps the young generation of the heap at its first size. It would grow to hold what starting up makes and stay so, more
 * than 10 MB for nothing: what a daemon makes at a time is little. Costs about 3 % of the time at full load (docs/speed.md).
 */
function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Whoever started us waits on this pipe (start-daemon.ts); the daemon itself reports only what goes wrong after its settings. */
function reportFailure(error: unknown): void {
  const fd = process.env.HAKO_READY_FD;
  if (fd !== undefined) writeSync(Number(fd), `error: ${error instanceof Error ? error.message : String(error)}\n`);
}
