import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { readSettingsFile, type SettingsFile } from './settings-file.ts';

/** The settings of one daemon, complete. Paths are absolute. */
export interface Settings extends SettingsFile {
  root: string;
  run: string;
  group: string;
  userns: 'host' | 'private';
  usernsBase: number;
  stopTimeoutS: number;
  cgroupParent: string;
  /** Short name that keeps what this daemon makes on the host (bridges, rules, cgroups) apart from other daemons'. */
  instance: string;
}

const DEFAULT_ROOT = '/var/lib/hako';
const DEFAULT_RUN = '/run/hako';

/** What the command line gave; the same words as in the file. */
export type SettingsFlags = Partial<SettingsFile> & { config?: string };

/** Reads file, environment and flags into one; throws `invalid` naming the place of what is wrong. */
export function loadSettings(flags: SettingsFlags, environment: NodeJS.ProcessEnv): Settings {
  const { config, ...given } = flags;
  const path = config ?? environment.HAKO_CONFIG ?? '/etc/hako/hako.yaml';
  const file = readSettingsFile(path, config !== undefined || environment.HAKO_CONFIG !== undefined);
  const fromEnvironment = defined({ root: environment.HAKO_ROOT, run: environment.HAKO_RUN });
  const merged = { ...file, ...fromEnvironment, ...defined(given) };
  const root = resolve(merged.root ?? DEFAULT_ROOT);
  const run = resolve(merged.run ?? DEFAULT_RUN);
  const instance = instanceOf(root, run);
  return {
    group: 'hako',
    userns: 'host',
    usernsBase: 16_777_216,
    stopTimeoutS: 10,
    cgroupParent: instance,
    ...merged,
    root,
    run,
    instance,
  };
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** `hako` for the default paths, otherwise six digits of their digest behind it. */
function instanceOf(root: string, run: string): string {
  if (root === DEFAULT_ROOT && run === DEFAULT_RUN) return 'hako';
  return `hako-${createHash('sha256').update(`${root}\0${run}`).digest('hex').slice(0, 6)}`;
}
