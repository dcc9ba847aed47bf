import { readFileSync } from 'node:fs';
import { errnoCode, errorMessage, HakoError, type LogLevel, parseYaml } from '#base';
import { isAge } from './image-settings.ts';
import type { RegistrySettings } from './registry/mod.ts';

/** What /etc/hako/hako.yaml may say. Flags win over the environment, which wins over the file. */
export interface SettingsFile {
  /** Lasting state; HAKO_ROOT, --root. */
  root?: string;
  /** Volatile state and sockets; HAKO_RUN, --run. */
  run?: string;
  /** Group that may use the socket. */
  group?: string;
  /** OCI runtimes beside the known ones, by the name that `--runtime` takes. */
  runtimes?: Record<string, { path: string; args?: string[] }>;
  defaultRuntime?: string;
  /** Whether containers get a user namespace of their own unless they say otherwise. */
  userns?: 'host' | 'private';
  /** First host id of the ranges for user namespaces. */
  usernsBase?: number;
  /** Where subnets of networks are taken from; `size` is the prefix length of one. */
  addressPools?: { base: string; size: number }[];
  /** Published ports pass the host's own firewall rules. */
  obeyHostFirewall?: boolean;
  stopTimeoutS?: number;
  cgroupParent?: string;
  labels?: string[];
  /** Registries that are reached without TLS, or with a certificate that nobody vouches for: hosts, host:port, networks. */
  insecureRegistries?: string[];
  /** Folders with hosts.toml and certificates by registry, as containerd and docker have them. */
  certsDirs?: string[];
  /** Whether compressed layers stay on disk beside the unpacked ones, or go where they can be made again. */
  keepBlobs?: 'always' | 'until-unpacked';
  /** When unused images are removed on their own; without it never. Ages are `90s`, `2m`, `12h`, `30d`. */
  imageGc?: ImageGcFile;
  /** The file that says which images may be pulled and run; /etc/hako/policy.json. */
  policy?: string;
  logLevel?: LogLevel;
  /** Serve the images of this daemon, and what is pushed, to other machines. */
  registry?: RegistrySettings;
}

interface ImageGcFile {
  highPercent?: number;
  lowPercent?: number;
  /** Images that were used within this time are kept. */
  minAge?: string;
  /** Images that were not used for this time go however empty the disk is. */
  maxAge?: string;
}

/** Checks one value; `where` names it in errors. */
type Check<T> = (value: unknown, where: string) => T;

function wrong(where: string, wanted: string): HakoError {
  return new HakoError('invalid', `${where} must be ${wanted}`);
}

const text: Check<string> = (value, where) => {
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(where, 'a text');
};

const age: Check<string> = (value, where) => {
  if (typeof value === 'string' && isAge(value)) return value;
  throw wrong(where, 'a time such as 90s, 2m, 12h or 30d');
};

const truth: Check<boolean> = (value, where) => {
  if (typeof value === 'boolean') return value;
  throw wrong(where, 'true or false');
};

function integer(least: number, most = Number.MAX_SAFE_INTEGER): Check<number> {
  return (value, where) => {
    if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value);
    throw wrong(where, `a whole number of at least ${least}`);
  };
}

function word<const T extends string>(...words: T[]): Check<T> {
  return (value, where) => {
    const found = words.find((each) => each === value);
    if (found !== undefined) return found;
    throw wrong(where, `one of ${words.join(', ')}`);
  };
}

function list<T>(item: Check<T>): Check<T[]> {
  return (value, where) => {
    if (Array.isArray(value)) return value.map((each, index) => item(each, `${where}[${index}]`));
    throw wrong(where, 'a list');
  };
}

function mapping<T>(item: Check<T>): Check<Record<string, T>> {
  return (value, where) => {
    const entries = Object.entries(asObject(value, where));
    return Object.fromEntries(entries.map(([key, each]) => [key, item(each, `${where}.${key}`)]));
  };
}

/** An object with these keys and no others; all may be absent but the `required` ones. */
function record<T extends object>(
  checks: { [K in keyof T]-?: Check<NonNullable<T[K]>> },
  ...required: (keyof T & string)[]
): Check<T> {
  return (value, where) => {
    const entries = Object.entries(asObject(value, where));
    const missing = required.find((key) => !entries.some(([given]) => given === key));
    if (missing !== undefined) throw new HakoError('invalid', `${where} lacks "${missing}"`);
    const known = checks as Record<string, Check<unknown>>;
    return Object.fromEntries(entries.map(([key, each]) => [key, checkKey(known, key)(each, `${where}.${key}`)])) as T;
  };
}

function checkKey(checks: Record<string, Check<unknown>>, key: string): Check<unknown> {
  const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
  if (check !== undefined) return check;
  throw new HakoError('invalid', `there is no setting "${key}": use ${Object.keys(checks).join(', ')}`);
}

function asObject(value: unknown, where: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw wrong(where, 'a mapping');
}

const checkSettings = record<SettingsFile>({
  root: text,
  run: text,
  group: text,
  runtimes: mapping(record<{ path: string; args?: string[] }>({ path: text, args: list(text) }, 'path')),
  defaultRuntime: text,
  userns: word('host', 'private'),
  usernsBase: integer(65_536, 0xfffe_0000),
  addressPools: list(record<{ base: string; size: number }>({ base: text, size: integer(8, 126) }, 'base', 'size')),
  obeyHostFirewall: truth,
  stopTimeoutS: integer(0),
  cgroupParent: text,
  labels: list(text),
  insecureRegistries: list(text),
  certsDirs: list(text),
  keepBlobs: word('always', 'until-unpacked'),
  imageGc: record<ImageGcFile>({
    highPercent: integer(1, 100),
    lowPercent: integer(0, 100),
    minAge: age,
    maxAge: age,
  }),
  policy: text,
  logLevel: word('debug', 'info', 'warn', 'error'),
  registry: record<RegistrySettings>(
    {
      listen: text,
      tlsCert: text,
      tlsKey: text,
      htpasswd: text,
      rules: text,
      tokens: truth,
      externalUrl: text,
      readOnly: truth,
      accessLog: text,
      quotaBytes: integer(0),
      repositoryQuotaBytes: integer(0),
      gcIntervalS: integer(0),
      gcGraceS: integer(0),
      gcUntagged: truth,
      hostNames: list(text),
      proxy: text,
      proxyConfig: text,
      proxyTagTtlS: integer(0),
      proxyMaxAgeS: integer(0),
    },
    'listen',
  ),
});

/** Reads a settings file; a missing one is empty unless it is `required`. Throws `invalid` naming the place. */
export function readSettingsFile(path: string, required: boolean): SettingsFile {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if (!required && errnoCode(error) === 'ENOENT') return {};
    throw new HakoError('invalid', `cannot read the settings file ${path}: ${errorMessage(error)}`, { cause: error });
  }
  return parseSettings(content, path);
}

/** Parses the text of a settings file. */
export function parseSettings(content: string, path: string): SettingsFile {
  try {
    return checkSettings(parseYaml(content) ?? {}, 'settings');
  } catch (error) {
    throw new HakoError('invalid', `settings file ${path}: ${errorMessage(error)}`, { cause: error });
  }
}
