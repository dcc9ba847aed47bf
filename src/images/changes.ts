/** Dockerfile instructions that change an image's configuration, for `docker import --change` and `docker commit --change`. */
import { posix } from 'node:path';
import { HakoError } from '#base';
import { expand, parseDurationNs, splitPairs, splitWords } from './changes-syntax.ts';
import type { ImageRunConfig } from './contract.ts';

type Apply = (config: ImageRunConfig, rest: string) => void;

const DEFAULT_SHELL = ['/bin/sh', '-c'];

/** Answers `config` with every instruction applied in order. Throws `invalid`, naming the instruction that is wrong. */
export function applyChanges(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  const result = structuredClone(config);
  let commandSet = false;
  for (const line of changes
    .flatMap((change) => change.split('\n'))
    .map((text) => text.trim())
    .filter(Boolean)) {
    const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
    const name = word.toUpperCase();
    const apply = INSTRUCTIONS[name];
    if (apply === undefined) throw new HakoError('invalid', `${word} is not a valid change command`);
    if (rest === '') throw new HakoError('invalid', `${name} requires at least one argument`);
    apply(result, rest.trim());
    commandSet ||= name === 'CMD';
    // An inherited command was meant for the inherited entrypoint.
    if (name === 'ENTRYPOINT' && !commandSet) result.Cmd = null;
  }
  return result;
}

/** `["a","b"]`, or undefined where it is not the JSON form. */
function jsonForm(rest: string): string[] | undefined {
  if (!rest.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(rest);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    // Docker takes what is not JSON as a shell command.
    return undefined;
  }
}

function command(config: ImageRunConfig, rest: string): string[] {
  return jsonForm(rest) ?? [...(config.Shell ?? DEFAULT_SHELL), rest];
}

function setEnv(config: ImageRunConfig, rest: string): void {
  for (const [name, value] of splitPairs(rest, 'ENV')) {
    const line = `${name}=${expand(value, config.Env)}`;
    const others = (config.Env ?? []).filter((known) => !known.startsWith(`${name}=`));
    config.Env = [...others, line];
  }
}

const PORT = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i;
const MAX_PORT = 65_535;

function expose(config: ImageRunConfig, rest: string): void {
  for (const word of splitWords(expand(rest, config.Env))) {
    const match = PORT.exec(word);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? first);
    if (match === null || first > last || last > MAX_PORT)
      throw new HakoError('invalid', `Invalid containerPort: ${word}`);
    for (let port = first; port <= last; port++) {
      config.ExposedPorts = { ...config.ExposedPorts, [`${port}/${(match[3] ?? 'tcp').toLowerCase()}`]: {} };
    }
  }
}

function setLabels(config: ImageRunConfig, rest: string): void {
  const pairs = splitPairs(rest, 'LABEL').map(([name, value]) => [name, expand(value, config.Env)]);
  config.Labels = { ...config.Labels, ...Object.fromEntries(pairs) };
}

function addVolumes(config: ImageRunConfig, rest: string): void {
  for (const path of jsonForm(rest) ?? splitWords(rest)) {
    const expanded = expand(path, config.Env).trim();
    if (expanded === '') throw new HakoError('invalid', 'VOLUME specified can not be an empty string');
    config.Volumes = { ...config.Volumes, [expanded]: {} };
  }
}

function setWorkingDir(config: ImageRunConfig, rest: string): void {
  const [path = ''] = splitWords(expand(rest, config.Env));
  config.WorkingDir = posix.resolve('/', config.WorkingDir || '/', path);
}

const OPTION = /^--([a-z-]+)=(\S+)\s*/;
const DURATIONS: Record<string, 'Interval' | 'Timeout' | 'StartPeriod' | 'StartInterval'> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
};

function setHealthcheck(config: ImageRunConfig, rest: string): void {
  const check: NonNullable<ImageRunConfig['Healthcheck']> = {};
  let text = rest;
  for (let match = OPTION.exec(text); match !== null; match = OPTION.exec(text)) {
    const [whole, name = '', value = ''] = match;
    const field = DURATIONS[name];
    if (field !== undefined) check[field] = parseDurationNs(value);
    else if (name === 'retries') check.Retries = positive(value);
    else throw new HakoError('invalid', `unknown flag: --${name}`);
    text = text.slice(whole.length);
  }
  const [, kind = '', command = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  if (kind.toUpperCase() === 'NONE') check.Test = ['NONE'];
  else if (kind.toUpperCase() !== 'CMD')
    throw new HakoError('invalid', `Unknown type ${JSON.stringify(kind)} in HEALTHCHECK (try CMD)`);
  else if (command === '') throw new HakoError('invalid', 'Missing command after HEALTHCHECK CMD');
  else check.Test = testOf(command);
  config.Healthcheck = check;
}

function testOf(command: string): string[] {
  const exec = jsonForm(command);
  return exec === undefined ? ['CMD-SHELL', command] : ['CMD', ...exec];
}

function positive(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new HakoError('invalid', `--retries must be at least 1 (not ${value})`);
}

function addTrigger(config: ImageRunConfig, rest: string): void {
  const word = /^\S+/.exec(rest)?.[0].toUpperCase() ?? '';
  if (word === 'ONBUILD') throw new HakoError('invalid', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (word === 'FROM' || word === 'MAINTAINER')
    throw new HakoError('invalid', `${word} isn't allowed as an ONBUILD trigger`);
  config.OnBuild = [...(config.OnBuild ?? []), rest];
}

const INSTRUCTIONS: Record<string, Apply> = {
  CMD: (config, rest) => {
    config.Cmd = command(config, rest);
  },
  ENTRYPOINT: (config, rest) => {
    config.Entrypoint = command(config, rest);
  },
  ENV: setEnv,
  EXPOSE: expose,
  LABEL: setLabels,
  USER: (config, rest) => {
    config.User = expand(rest, config.Env);
  },
  VOLUME: addVolumes,
  WORKDIR: setWorkingDir,
  STOPSIGNAL: (config, rest) => {
    config.StopSignal = expand(rest, config.Env);
  },
  HEALTHCHECK: setHealthcheck,
  ONBUILD: addTrigger,
};
