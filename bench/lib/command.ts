/** Child processes as a benchmark needs them: run to the end, timed, and loud when they fail. */
import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Runs a command; answers its standard output, or throws with its standard error. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const [status, output, errors] = await Promise.all([exitOf(child), text(child.stdout), text(child.stderr)]);
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${errors.trim()}`);
  return output;
}

/** Milliseconds from before the process was made until its exit was seen. Throws when it fails. */
export async function timeCommand(argv: readonly string[], options: CommandOptions = {}): Promise<number> {
  const [file = '', ...args] = argv;
  const startedMs = performance.now();
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  const errors = text(child.stderr);
  const status = await exitOf(child);
  const tookMs = performance.now() - startedMs;
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${(await errors).trim()}`);
  return tookMs;
}

/** The exit code of a child, or the signal that ended it. */
export function exitOf(child: ChildProcess): Promise<number | string | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
}
