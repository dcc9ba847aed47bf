/** Flags that stand before the command. */
import { text, toggle } from './args/flags.ts';

export const globalFlags = {
  host: text(
    'H',
    'ADDRESS',
    'Daemon to talk to, unix:///path or tcp://host:port (default $HAKO_HOST, then $HAKO_RUN/docker.sock)',
  ),
  debug: toggle('D', 'Show what went wrong in full, with stack traces'),
  help: toggle('h', 'Show help'),
  version: toggle('v', 'Show the version'),
};
