import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { makeRootfsTar } from '../../../lib/rootfs.ts';

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A real daemon on paths of its own with the image `bb` (busybox), and a docker CLI that talks to it. */
export interface TestDaemon extends AsyncDisposable {
  socketPath: string;
  folder: string;
  /** Runs the docker CLI to its end. */
  docker(...args: string[]): Promise<Result>;
  /** Like `docker`, with text for its standard input. */
  dockerWithInput(input: string | Uint8Array, ...args: string[]): Promise<Result>;
  /** Runs another client that finds the daemon by DOCKER_HOST. */
  run(command: string, args: readonly string[]): Promise<Result>;
  /** Like `docker`; throws when it fails, answers trimmed output. */
  ok(...args: string[]): Promise<string>;
  /** Runs a shell line on a terminal, `docker` being the CLI. Each step waits for output and then types. */
  onTerminal(line: string, steps?: readonly (readonly [seen: RegExp, typed: string])[]): Promise<Result>;
  /** Starts the CLI and leaves it running; disposing it kills it. */
  start(...args: string[]): ChildProcess;
}

const CLI = process.env.HAKO_TEST_DOCKER ?? 'docker';

/** Why conformance tests cannot run here; undefined when they can. */
export function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  if (spawnSync(CLI, ['--version']).status !== 0) return 'needs the docker CLI (HAKO_TEST_DOCKER names it)';
  return spawnSync('busybox', ['true']).status === 0 ? undefined : 'needs a static busybox';
}

/** HAKO_TEST_SOCKET names the socket of another daemon: a dockerd, to check that the tests ask for what docker does. */
export async function startDaemon(): Promise<TestDaemon> {
  const folder = mkdtempSync(`${tmpdir()}/hako-conf-`);
  const foreign = process.env.HAKO_TEST_SOCKET;
  const daemon = foreign === undefined ? await startOwn(folder) : withCli(folder, foreign, async () => undefined);
  const tar = makeRootfsTar(folder);
  await daemon.ok('import', '-c', 'CMD ["sh"]', '-c', 'LABEL kind=test', tar, 'bb:1');
  return daemon;
}

async function startOwn(folder: string): Promise<TestDaemon> {
  const main = `${import.meta.dirname}/daemon-main.ts`;
  const child = spawn(process.execPath, [main, `${folder}/root`, `${folder}/run`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [ready] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  if (!String(ready).startsWith('ready')) {
    for (const shared of ['root', 'run']) spawnSync('umount', [`${folder}/${shared}`]);
    rmSync(folder, { recursive: true });
    throw new Error('the daemon did not start');
  }
  return withCli(folder, `${folder}/run/docker.sock`, async () => {
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
    rmSync(folder, { recursive: true });
  });
}

function withCli(folder: string, socketPath: string, dispose: () => Promise<void>): TestDaemon {
  const env = { ...process.env, DOCKER_HOST: `unix://${socketPath}`, DOCKER_CONFIG: `${folder}/config` };
  const run = async (command: string, args: readonly string[], input?: string | Uint8Array): Promise<Result> => {
    const child = spawn(command, args, { env, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
    child.stdin?.on('error', () => undefined).end(input);
    const ended = once(child, 'close');
    const [stdout, stderr] = await Promise.all([child.stdout, child.stderr].map((each) => (each ? text(each) : '')));
    const [code] = await ended;
    return { code, stdout: stdout ?? '', stderr: stderr ?? '' };
  };
  const docker = (...args: string[]) => run(CLI, args);
  return {
    folder,
    socketPath,
    docker,
    run,
    dockerWithInput: (input, ...args) => run(CLI, args, input),
    async ok(...args) {
      const { code, stdout, stderr } = await docker(...args);
      if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}: ${stderr}`);
      return stdout.trim();
    },
    onTerminal: (line, steps = []) => interact(spawn('script', ['-qec', line, '/dev/null'], { env }), steps),
    start: (...args) => spawn(CLI, args, { env, stdio: ['pipe', 'pipe', 'pipe'] }),
    [Symbol.asyncDispose]: dispose,
  };
}

async function interact(
  child: ChildProcessWithoutNullStreams,
  steps: readonly (readonly [RegExp, string])[],
): Promise<Result> {
  const waiting = [...steps];
  let stdout = '';
  let seenUpTo = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    const [next] = waiting;
    if (next === undefined || !next[0].test(stdout.slice(seenUpTo))) return;
    waiting.shift();
    seenUpTo = stdout.length;
    // Key by key, as people type: a terminal that is not raw yet would otherwise swallow control keys.
    for (const key of next[1]) child.stdin.write(key);
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr: '' };
}
