import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Type, { type Static } from 'typebox';
import { Errors } from 'typebox/value';
import { parse } from 'yaml';
import { errnoCode, errorMessage, HakoError } from '#base';

const runtime = Type.Object(
  { path: Type.String(), args: Type.Optional(Type.Array(Type.String())) },
  { additionalProperties: false },
);

const addressPool = Type.Object(
  { base: Type.String(), size: Type.Integer({ minimum: 8, maximum: 126 }) },
  { additionalProperties: false },
);

/** What /etc/hako/hako.yaml may say. Flags win over the environment, which wins over the file. */
export const settingsSchema = Type.Object(
  {
    root: Type.Optional(Type.String({ description: 'lasting state; HAKO_ROOT, --root' })),
    run: Type.Optional(Type.String({ description: 'volatile state and sockets; HAKO_RUN, --run' })),
    group: Type.Optional(Type.String({ description: 'group that may use the socket' })),
    runtimes: Type.Optional(Type.Record(Type.String(), runtime)),
    defaultRuntime: Type.Optional(Type.String()),
    userns: Type.Optional(Type.Union([Type.Literal('host'), Type.Literal('private')])),
    usernsBase: Type.Optional(Type.Integer({ minimum: 65_536 })),
    addressPools: Type.Optional(Type.Array(addressPool)),
    obeyHostFirewall: Type.Optional(Type.Boolean()),
    stopTimeoutS: Type.Optional(Type.Integer({ minimum: 0 })),
    cgroupParent: Type.Optional(Type.String()),
    labels: Type.Optional(Type.Array(Type.String())),
    logLevel: Type.Optional(Type.Union(['debug', 'info', 'warn', 'error'].map((level) => Type.Literal(level)))),
  },
  { additionalProperties: false },
);

export type SettingsFile = Static<typeof settingsSchema>;

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

function readSettingsFile(path: string, required: boolean): SettingsFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (!required && errnoCode(error) === 'ENOENT') return {};
    throw new HakoError('invalid', `cannot read the settings file ${path}: ${errorMessage(error)}`, { cause: error });
  }
  return checkedFile(path, text);
}

function checkedFile(path: string, text: string): SettingsFile {
  const value: unknown = parseYaml(path, text) ?? {};
  const [problem] = Errors(settingsSchema, value);
  if (problem === undefined) return value as SettingsFile;
  const where = problem.instancePath === '' ? 'the top level' : problem.instancePath;
  throw new HakoError('invalid', `settings file ${path}: ${where}: ${problem.message}`);
}

function parseYaml(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new HakoError('invalid', `settings file ${path} is not YAML: ${errorMessage(error)}`, { cause: error });
  }
}
