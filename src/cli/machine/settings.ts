/** What the commands that start and stop the daemon share: where it lives, and the flags that they pass on. */

import type { Values } from '../args/flags.ts';
import { list, parsed, text } from '../args/flags.ts';
import { rootDir, runDir } from '../client/host.ts';
import { UsageError } from '../errors.ts';

/** Settings of the daemon that may be given as flags; src/daemon/settings.ts says what they mean. */
export const daemonFlags = {
  root: text('', 'DIR', 'Folder of lasting state (default $HAKO_ROOT, then /var/lib/hako)'),
  run: text('', 'DIR', 'Folder of sockets and volatile state (default $HAKO_RUN, then /run/hako)'),
  config: text('', 'FILE', 'Settings file (default /etc/hako/hako.yaml)'),
  group: text('', 'GROUP', 'Group that may use the socket (default hako)'),
  'default-runtime': text('', 'NAME', 'OCI runtime to use where none is asked for'),
  'log-level': text('', 'LEVEL', 'debug, info, warn or error'),
  label: list('', 'KEY=VALUE', 'Label of the daemon'),
  userns: parsed('', 'MODE', 'User namespace of containers: host or private', usernsMode),
};

function usernsMode(mode: string): 'host' | 'private' {
  if (mode === 'host' || mode === 'private') return mode;
  throw new UsageError('write host or private');
}

export type DaemonFlags = Values<typeof daemonFlags>;

/** The flags as src/daemon takes them: only those that were given. */
export function settingsFlags(flags: DaemonFlags): Record<string, unknown> {
  const all = {
    root: flags.root,
    run: flags.run,
    config: flags.config,
    group: flags.group,
    defaultRuntime: flags['default-runtime'],
    logLevel: flags['log-level'],
    labels: flags.label,
    userns: flags.userns,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value.length > 0));
}

/** The same flags as words of a command line. */
export function flagWords(flags: DaemonFlags): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? (value as string[]) : [value];
    return values.filter((each) => each !== undefined && each !== '').map((each) => `--${name}=${each}`);
  });
}

/** Files of one daemon. */
export interface DaemonPaths {
  root: string;
  run: string;
  socket: string;
  pid: string;
  log: string;
}

/** Where the daemon that these flags and this environment mean keeps its files. */
export function daemonPaths(flags: { root?: string; run?: string } = {}): DaemonPaths {
  const root = flags.root || rootDir();
  const run = flags.run || runDir();
  return { root, run, socket: `${run}/docker.sock`, pid: `${run}/daemon.pid`, log: `${root}/log/daemon.log` };
}
