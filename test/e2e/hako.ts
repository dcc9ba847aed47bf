/** Runs the real launcher against a daemon of its own, in temp folders. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const launcher = join(import.meta.dirname, '../../hako');

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A daemon's folders, and `hako` bound to them. */
export class Stage {
  readonly dir = mkdtempSync(join(tmpdir(), 'hako-e2e-'));
  readonly env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    HAKO_ROOT: join(this.dir, 'root'),
    HAKO_RUN: join(this.dir, 'run'),
  };

  /** Starts `hako`; the caller talks to it. */
  start(...args: string[]): ChildProcessWithoutNullStreams {
    return spawn(launcher, args, { env: this.env, cwd: this.dir });
  }

  /** Runs `hako` to its end, `input` on standard input. */
  async run(args: readonly string[], input: string | Uint8Array = ''): Promise<Result> {
    const child = this.start(...args);
    child.stdin.on('error', () => undefined).end(input);
    return finished(child);
  }

  /** Runs `hako` and answers its trimmed output. Throws when it fails. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    if (code !== 0) throw new Error(`hako ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout.trim();
  }

  /** Starts `hako` under a terminal of 31 × 101, made by script(1). */
  startInTerminal(...args: string[]): ChildProcessWithoutNullStreams {
    const command = `stty rows 31 columns 101; ${[launcher, ...args].map((word) => `'${word}'`).join(' ')}`;
    return spawn('script', ['-qefc', command, '/dev/null'], {
      env: { ...this.env, TERM: 'xterm', SHELL: '/bin/sh' },
      cwd: this.dir,
    });
  }

  /** A root file system of busybox, imported as an image. */
  async importBusybox(image: string): Promise<void> {
    const rootfs = join(this.dir, 'rootfs');
    for (const name of ['bin', 'tmp', 'etc', 'root']) mkdirSync(join(rootfs, name), { recursive: true });
    copyFileSync('/bin/busybox', join(rootfs, 'bin/busybox'));
    chmodSync(join(rootfs, 'bin/busybox'), 0o755);
    for (const name of [
      'sh',
      'true',
      'false',
      'echo',
      'cat',
      'ls',
      'sleep',
      'kill',
      'stty',
      'touch',
      'head',
      'wc',
      'yes',
      'id',
      'pwd',
      'env',
      'hostname',
    ]) {
      symlinkSync('busybox', join(rootfs, 'bin', name));
    }
    const tar = spawn('tar', ['-C', rootfs, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const hako = this.start('import', '--change', 'ENV PATH=/bin', '--change', 'CMD ["sh"]', '-', image);
    tar.stdout.pipe(hako.stdin);
    const { code, stderr } = await finished(hako);
    if (code !== 0) throw new Error(`import failed: ${stderr}`);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** What a process wrote, when it has ended. */
export async function finished(child: ChildProcessWithoutNullStreams): Promise<Result> {
  const [stdout, stderr, code] = await Promise.all([collect(child.stdout), collect(child.stderr), exitCodeOf(child)]);
  return { code, stdout, stderr };
}

/** Also of a process that has ended before anybody asked. */
function exitCodeOf(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.on('exit', resolve));
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}

/** Resolves when `text` has come out of a stream; the stream goes on. */
export function outputOf(stream: NodeJS.ReadableStream): { until(text: string): Promise<string> } {
  let seen = '';
  let wake = () => {};
  let ended = false;
  stream.on('data', (chunk) => {
    seen += chunk.toString();
    wake();
  });
  stream.on('end', () => {
    ended = true;
    wake();
  });
  return {
    async until(text) {
      while (!seen.includes(text)) {
        if (ended) throw new Error(`the output ended without "${text}":\n${seen}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const end = seen.indexOf(text) + text.length;
      const before = seen.slice(0, end);
      seen = seen.slice(end);
      return before;
    },
  };
}
