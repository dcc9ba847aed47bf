/** Flags of `run` and `create` about the process and its identity. */

import type { Values } from '../args/flags.ts';
import { integer, list, parsed, text, toggle } from '../args/flags.ts';
import { UsageError } from '../errors.ts';
import type { CreatePart } from './body.ts';
import { parsePairs, unlessBlank } from './values.ts';

export const processFlags = {
  name: text('', 'NAME', 'Name of the container'),
  interactive: toggle('i', 'Keep standard input open'),
  tty: toggle('t', 'Give the process a terminal'),
  attach: list('a', 'STREAM', 'Attach stdin, stdout or stderr only'),
  env: list('e', 'KEY=VALUE', 'Set an environment variable; KEY alone passes on ours'),
  'env-file': list('', 'FILE', 'Read environment variables from a file'),
  user: text('u', 'USER[:GROUP]', 'User of the process, by name or number'),
  workdir: text('w', 'DIR', 'Working directory of the process'),
  entrypoint: parsed('', 'COMMAND', "Replace the image's entrypoint", (given) => given),
  hostname: text('h', 'NAME', 'Host name of the container'),
  domainname: text('', 'NAME', 'NIS domain name of the container'),
  label: list('l', 'KEY=VALUE', 'Set a label'),
  'label-file': list('', 'FILE', 'Read labels from a file'),
  annotation: list('', 'KEY=VALUE', 'Set an annotation for the OCI runtime'),
  rm: toggle('', 'Remove the container and its anonymous volumes when it exits'),
  init: toggle('', 'Run an init that reaps processes and passes on signals'),
  restart: text('', 'POLICY', 'When to start it again: no, on-failure[:N], always, unless-stopped'),
  'stop-signal': text('', 'SIGNAL', 'Signal that stops the container'),
  'stop-timeout': integer('', 'SECONDS', 'Seconds to wait before the container is killed'),
  'log-driver': text('', 'DRIVER', 'Where the output is logged: json-file, local, journald, none'),
  'log-opt': list('', 'KEY=VALUE', 'Option of the log driver'),
  platform: text('', 'OS/ARCH', 'Platform of the image'),
  runtime: text('', 'NAME', 'OCI runtime to use'),
  isolation: { ...text('', 'KIND', ''), hidden: true },
};

type ProcessFlags = Values<typeof processFlags>;

/** Config and host config of the process flags; the image and the command are given as words. */
export async function processOptions(flags: ProcessFlags, given: ReadonlySet<string>): Promise<CreatePart> {
  const attached = attachedStreams(flags.attach, flags.interactive);
  const config = {
    ...attached,
    Hostname: unlessBlank(flags.hostname),
    Domainname: unlessBlank(flags.domainname),
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: flags.interactive && attached.AttachStdin,
    User: unlessBlank(flags.user),
    WorkingDir: unlessBlank(flags.workdir),
    Env: await environment(flags),
    Entrypoint: flags.entrypoint === undefined ? undefined : [flags.entrypoint],
    Labels: parsePairs([...(await labelLines(flags)), ...flags.label]),
    StopSignal: unlessBlank(flags['stop-signal']),
    StopTimeout: flags['stop-timeout'],
  };
  return { config, hostConfig: processHostConfig(flags, given) };
}

/** Undefined where none is set; the readers of files load only for who uses them. */
async function environment(flags: ProcessFlags): Promise<string[] | undefined> {
  if (flags.env.length === 0 && flags['env-file'].length === 0) return undefined;
  return (await import('./files.ts')).readEnvironment(flags['env-file'], flags.env);
}

async function labelLines(flags: ProcessFlags): Promise<string[]> {
  const files = flags['label-file'];
  return files.length === 0 ? [] : files.flatMap((await import('./files.ts')).readPairsFile);
}

function processHostConfig(flags: ProcessFlags, given: ReadonlySet<string>): Record<string, unknown> {
  if (flags.rm && given.has('restart') && !['', 'no'].includes(flags.restart)) {
    throw new UsageError('--rm and --restart contradict each other: a removed container can not start again');
  }
  const annotations = parsePairs(flags.annotation);
  return {
    AutoRemove: flags.rm,
    Init: given.has('init') ? flags.init : undefined,
    RestartPolicy: parseRestartPolicy(flags.restart),
    LogConfig: { Type: flags['log-driver'], Config: parsePairs(flags['log-opt']) },
    Runtime: unlessBlank(flags.runtime),
    Annotations: flags.annotation.length === 0 ? undefined : annotations,
  };
}

/** -a names the streams; without it all are attached, standard input only with -i. */
function attachedStreams(names: readonly string[], interactive: boolean) {
  const chosen = new Set(names.map((name) => name.toLowerCase()));
  for (const name of chosen) {
    if (!['stdin', 'stdout', 'stderr'].includes(name))
      throw new UsageError(`--attach ${name}: write stdin, stdout or stderr`);
  }
  const all = chosen.size === 0;
  return {
    AttachStdin: all ? interactive : chosen.has('stdin'),
    AttachStdout: all || chosen.has('stdout'),
    AttachStderr: all || chosen.has('stderr'),
  };
}

/** `on-failure:3` and its like. Throws UsageError. */
export function parseRestartPolicy(policy: string): { Name: string; MaximumRetryCount: number } {
  const [name = '', count] = policy.split(':', 2);
  if (!['', 'no', 'always', 'unless-stopped', 'on-failure'].includes(name)) {
    throw new UsageError(`--restart ${policy}: write no, on-failure[:N], always or unless-stopped`);
  }
  if (count !== undefined && (name !== 'on-failure' || !/^\d+$/.test(count))) {
    throw new UsageError(`--restart ${policy}: a number of attempts goes with on-failure only, as in on-failure:3`);
  }
  return { Name: name || 'no', MaximumRetryCount: Number(count ?? 0) };
}
