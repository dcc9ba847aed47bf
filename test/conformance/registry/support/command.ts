import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a program; answers its trimmed output, throws with its complaint. */
export async function ok(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(program, args, { maxBuffer: 1 << 24 });
  return stdout.trim();
}
