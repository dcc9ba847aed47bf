import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { errnoCode, HakoError, ignoring } from '#base';

export interface ArchiveProgram {
  program: string;
  args: readonly string[];
  stdin: string;
  env: NodeJS.ProcessEnv;
  /** Called with every line of its standard error. */
  onLine(line: string): void;
  signal?: AbortSignal;
}

const COMPLAINT_LINES = 8;
/** apt, dpkg and mmdebstrap begin so what went wrong. */
const COMPLAINT = /^(E|Err|dpkg):/;
/** Which command failed is no reason, and long. */
const ECHO = /^E: (setup failed: |mmdebstrap failed to run|(apt-get|dpkg|chroot|env) .* failed)/;

/** What a failed program said, as far as it tells why. */
class Complaints {
  readonly #reasons: string[] = [];
  readonly #last: string[] = [];

  add(line: string): void {
    const list = COMPLAINT.test(line) && !ECHO.test(line) ? this.#reasons : this.#last;
    list.push(line);
    if (list.length > COMPLAINT_LINES) list.shift();
  }

  toString(): string {
    return this.#reasons.length > 0
      ? this.#reasons.map((line) => line.replace(/^E: /, '')).join('; ')
      : this.#last.join('; ');
  }
}

/**
 * Runs a program and answers its standard output, which ends only when the program has succeeded: a reader can never take half an
 * archive for a whole one. The program leads a process group and is asked to end, all of it, when the reader goes away or on abort.
 */
export function runForArchive({ program, args, stdin, env, onLine, signal }: ArchiveProgram): Readable {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/', env, detached: true });
  const output = new PassThrough({ highWaterMark: 1 << 18 });
  const complaints = new Complaints();
  createInterface({ input: child.stderr }).on('line', (line) => {
    complaints.add(line);
    onLine(line);
  });
  const stop = () => stopGroup(child);
  signal?.addEventListener('abort', stop, { once: true });
  output.on('close', () => {
    if (child.exitCode === null) stop();
  });
  child.on('error', (error) => output.destroy(cannotStart(program, error)));
  child.on('close', (code) => {
    signal?.removeEventListener('abort', stop);
    if (code === 0) output.end();
    else output.destroy(failed(program, code, complaints, signal));
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  child.stdout.pipe(output, { end: false });
  return output;
}

function stopGroup(child: ChildProcessByStdio<Writable, Readable, Readable>): void {
  const { pid } = child;
  if (pid !== undefined) ignoring('ESRCH', () => process.kill(-pid, 'SIGTERM'));
}

function cannotStart(program: string, cause: Error): HakoError {
  const missing = errnoCode(cause) === 'ENOENT';
  return new HakoError('failed_precondition', missing ? `install the package ${program}` : `cannot start ${program}`, {
    cause,
  });
}

function failed(
  program: string,
  code: number | null,
  complaints: Complaints,
  signal: AbortSignal | undefined,
): HakoError {
  if (signal?.aborted) return new HakoError('cancelled', `${program} was cancelled`);
  return new HakoError('failed_precondition', `${program} failed (${code ?? 'killed'}): ${complaints}`);
}
