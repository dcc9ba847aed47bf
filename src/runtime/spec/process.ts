import { HakoError } from '#base';
import type { OciProcess } from '../oci-spec.ts';
import { capabilitySets, resolveCapabilities } from './capabilities.ts';
import type { HostFacts, ProcessInput, SecurityInput, UlimitInput } from './input.ts';
import { generateRlimits } from './rlimits.ts';

/** What a process of a container is made from: the first one through `generateSpec`, others through `exec`. */
export interface ProcessSpecInput {
  process: ProcessInput;
  security: SecurityInput;
  ulimits?: UlimitInput[];
  host: HostFacts;
}

/** Environment where a later `NAME=value` replaces an earlier one in its place. */
export function mergeEnvironment(...lists: readonly (readonly string[])[]): string[] {
  const byName = new Map<string, string>();
  for (const entry of lists.flat()) byName.set(entry.split('=', 1)[0] ?? '', entry);
  return [...byName.values()];
}

function check({ args, cwd }: ProcessInput): void {
  if (args.length === 0 || args[0] === '') {
    throw new HakoError('invalid', 'no command specified: give one, or use an image that has an entrypoint');
  }
  if (!cwd.startsWith('/')) throw new HakoError('invalid', `the working directory "${cwd}" must be an absolute path`);
}

/** `process` of config.json and the process file of `exec`. Throws `invalid`. */
export function generateProcess(input: ProcessSpecInput): OciProcess {
  const { process, security, host } = input;
  check(process);
  const capabilities = resolveCapabilities(security.capAdd, security.capDrop, security.privileged, host.capabilities);
  const { uid, gid, additionalGids } = process.user;
  const size = process.consoleSize;
  return {
    terminal: process.terminal,
    ...(process.terminal && size ? { consoleSize: { height: size.rows, width: size.columns } } : {}),
    user: { uid, gid, additionalGids },
    args: process.args,
    env: mergeEnvironment(process.env),
    cwd: process.cwd,
    capabilities: capabilitySets(capabilities, process.user),
    rlimits: generateRlimits(input.ulimits ?? [], host.maxOpenFiles),
    noNewPrivileges: security.noNewPrivileges,
    ...(security.apparmorProfile && host.apparmor ? { apparmorProfile: security.apparmorProfile } : {}),
    ...(security.selinuxLabel ? { selinuxLabel: security.selinuxLabel } : {}),
    ...(process.oomScoreAdj === undefined ? {} : { oomScoreAdj: process.oomScoreAdj }),
  };
}
