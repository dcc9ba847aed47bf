import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { HakoError } from '#base';

const packageDir = join(import.meta.dirname, '..', '..', '..');

/** The demo's own daemon, so that it never touches what the user has in the default one. */
export const demoEnvironment: NodeJS.ProcessEnv = {
  ...process.env,
  HAKO_ROOT: process.env.HAKO_DEMO_ROOT ?? '/var/lib/hako-demo',
  HAKO_RUN: process.env.HAKO_DEMO_RUN ?? '/run/hako-demo',
};

export const guestbookDir = join(packageDir, 'examples', 'guestbook');

/** Runs `hako` with the demo's daemon and answers its output; its progress goes to the terminal with `show`. */
export async function hako(args: readonly string[], options: { show?: boolean } = {}): Promise<string> {
  const child = spawn(join(packageDir, 'hako'), args, {
    env: demoEnvironment,
    stdio: ['ignore', 'pipe', options.show ? 'inherit' : 'pipe'],
  });
  const collect = async (stream: NodeJS.ReadableStream | null) => {
    let text = '';
    for await (const chunk of stream ?? []) text += chunk.toString();
    return text;
  };
  const ended = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
  const [output, errors, code] = await Promise.all([collect(child.stdout), collect(child.stderr), ended]);
  if (code === 0) return output.trim();
  throw new HakoError('internal', `"hako ${args.join(' ')}" ended with ${code}: ${(errors || output).trim()}`);
}

/** Waits until a container's log has a line with `text`. */
export async function waitForLog(container: string, text: string): Promise<void> {
  const child = spawn(join(packageDir, 'hako'), ['logs', '-f', container], {
    env: demoEnvironment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) if (line.includes(text)) return;
  } finally {
    child.kill();
  }
  throw new HakoError(
    'failed_precondition',
    `container ${container} ended before it said "${text}": see "hako logs ${container}"`,
  );
}

/** Prints one step with the time it took. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  process.stdout.write(`→ ${title}\n`);
  const result = await work();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(2);
  process.stdout.write(
    `  ${typeof result === 'string' && result !== '' ? `${result.split('\n').join('\n  ')}\n  ` : ''}✓ ${seconds} s\n`,
  );
  return result;
}
