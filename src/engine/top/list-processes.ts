import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { errnoCode, errorMessage, HakoError } from '#base';
import { cgroupPids } from '#system';
import { readProcessTable } from './proc-table.ts';
import { type ProcessTable, parsePsOutput } from './ps-output.ts';

const run = promisify(execFile);

const DEFAULT_ARGS = '-ef';
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

export interface TopRequest {
  /** Below the hierarchies' roots: its processes are listed. */
  cgroupPath: string;
  psArgs: string;
  signal?: AbortSignal;
}

/** The processes of a cgroup and of those below it; see `listPids`. */
export function listProcesses({ cgroupPath, psArgs, signal }: TopRequest): Promise<ProcessTable> {
  return listPids(cgroupPids(cgroupPath), psArgs, signal === undefined ? {} : { signal });
}

/**
 * Runs the host's ps(1) with the user's arguments and keeps the rows of `pids`, by Docker's rules. Without ps on the host it
 * reads /proc itself, for the default columns. Throws `invalid` with the words of ps or Docker.
 */
export async function listPids(
  pids: readonly number[],
  psArgs: string,
  options: { signal?: AbortSignal; psPath?: string } = {},
): Promise<ProcessTable> {
  const text = psArgs.trim() === '' ? DEFAULT_ARGS : psArgs;
  requireHonestPid(text);
  const args = text.split(' ').filter((arg) => arg !== '');
  const output = await runPs(options.psPath ?? 'ps', args, pids, options.signal);
  if (output !== undefined) return parsePsOutput(output, pids);
  if (text === DEFAULT_ARGS) return readProcessTable(pids);
  throw new HakoError(
    'unsupported',
    `ps ${text}: ps is not installed on this host: install procps, or give no arguments`,
  );
}

/** A column that calls itself PID and holds something else would select rows of other containers. */
function requireHonestPid(psArgs: string): void {
  for (const [, column = '', title = ''] of psArgs.matchAll(/\s+(\S*)=\s*(PID\S*)/g)) {
    if (column !== 'pid') throw new HakoError('invalid', `specifying "${column}=${title}" is not allowed`);
  }
}

/** The output of ps; undefined when there is no ps. Some options cannot stand beside `-q`: then it lists all. */
async function runPs(
  ps: string,
  args: readonly string[],
  pids: readonly number[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const settings = { maxBuffer: MAX_OUTPUT_BYTES, timeout: TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
  try {
    return (await run(ps, [...args, `-q${pids.join(',')}`], settings)).stdout;
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return undefined;
    signal?.throwIfAborted();
  }
  try {
    return (await run(ps, args, settings)).stdout;
  } catch (error) {
    throw new HakoError('invalid', firstLineOfStderr(error) || `ps: ${errorMessage(error)}`, { cause: error });
  }
}

function firstLineOfStderr(error: unknown): string {
  if (!(error instanceof Error) || !('stderr' in error) || typeof error.stderr !== 'string') return '';
  return error.stderr.split('\n', 1)[0] ?? '';
}
