/** Starting conmon and the runtime programs: always in the runtime namespace, never with a descriptor of ours. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { HakoError } from '#base';
import { type BareProgram, type RuntimeNamespace, SystemError, spawnBare } from '#system';
import { runtimeError } from './errors.ts';
import type { RuntimeLayout } from './layout.ts';
import type { ContainerRecord } from './record.ts';

/** The environment of programs that we start: nothing of the daemon's own leaks into hooks. */
export function programEnvironment(layout: RuntimeLayout): Record<string, string> {
  const path = process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  return { PATH: path, TMPDIR: layout.temporary };
}

export interface Program {
  path: string;
  args: readonly string[];
  stdio: StdioOptions;
  env: Record<string, string>;
  cwd?: string;
}

/** Starts a program in a session of its own; it does not keep our event loop alive. Throws `unavailable`. */
export function startProgram(namespace: RuntimeNamespace, program: Program): ChildProcess & { pid: number } {
  const { path, args, ...options } = program;
  const child = namespace.run(() => spawn(path, args, { ...options, detached: true }));
  // Without a listener a failed start would end the daemon; `pid` tells of it below.
  child.on('error', () => undefined);
  child.unref();
  if (child.pid !== undefined) return child as ChildProcess & { pid: number };
  throw cannotStart(path);
}

/**
 * Starts a program without Node's bookkeeping, at a fifth of the time; answers its pid, which the caller must `reap`.
 * Throws `unavailable`.
 */
export function startBare(namespace: RuntimeNamespace, program: BareProgram): number {
  try {
    return namespace.run(() => spawnBare(program));
  } catch (cause) {
    if (!(cause instanceof SystemError) || cause.syscall !== 'posix_spawn') throw cause;
    throw cannotStart(program.path, cause);
  }
}

function cannotStart(path: string, cause?: unknown): HakoError {
  const advice = 'install it, or correct its path in the settings';
  return new HakoError('unavailable', `${path} cannot be started: ${advice}`, { cause });
}

const MAX_OUTPUT_BYTES = 64 * 1024;

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Runs a verb of the OCI command line to its end and answers its output; throws what the program said. */
export async function runVerb(
  context: { namespace: RuntimeNamespace; layout: RuntimeLayout },
  record: Pick<ContainerRecord, 'runtime'>,
  verb: string,
  args: readonly string[],
): Promise<string> {
  const { path, args: global, name } = record.runtime;
  const all = [...global, `--root=${context.layout.stateRoot(name)}`, verb, ...args];
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
  const child = startProgram(context.namespace, {
    path,
    args: all,
    stdio,
    env: programEnvironment(context.layout),
    cwd: '/',
  });
  // Somebody waits for this one.
  child.ref();
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code === 0) return stdout();
  throw runtimeError(verb, stderr() || stdout());
}
