/** A daemon as a process of its own, in folders of its own, that a test may kill and start again. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { loadSettings } from '#daemon';
import { Api } from './api.ts';
import { forceOff } from './force-off.ts';
import { makeRootfsTar } from './rootfs.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const LAUNCHER = join(import.meta.dirname, '../../hako');

export const IMAGE = 'bb:1';

export interface DaemonOptions {
  /** HAKO_ROOT, where it must be on a file system of its own; the caller removes it. */
  root?: string;
  /** Of the first start; `up` takes others. */
  env?: Record<string, string>;
}

/** Why tests of the real daemon cannot run here; undefined when they can. */
export function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  return spawnSync('busybox', ['true']).status === 0 ? undefined : 'needs a static busybox';
}

export class TestDaemon implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'hako-test-'));
  readonly run = join(this.folder, 'run');
  readonly root: string;
  /** By which the daemon names what it makes on the host. */
  readonly instance: string;
  readonly api = new Api(join(this.run, 'docker.sock'));
  #child: ChildProcess | undefined;
  #isDisposed = false;

  private constructor(options: DaemonOptions) {
    this.root = options.root ?? join(this.folder, 'root');
    this.instance = loadSettings({ root: this.root, run: this.run }, {}).instance;
  }

  /** A daemon that serves, with the image `bb:1`: busybox and nothing else. */
  static async start(options: DaemonOptions = {}): Promise<TestDaemon> {
    const daemon = new TestDaemon(options);
    // Containers in user namespaces of their own must get through.
    chmodSync(daemon.folder, 0o711);
    await daemon.up(options.env);
    await daemon.importTar(makeRootfsTar(daemon.folder), IMAGE);
    return daemon;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the daemon is down');
    return this.#child.pid;
  }

  /** Starts the process and waits until it serves; throws with the end of its log when it does not. */
  async up(env: Record<string, string> = {}): Promise<void> {
    const log = openSync(this.logPath, 'a');
    mkdirSync(this.root, { recursive: true, mode: 0o711 });
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, 'daemon'], {
      cwd: '/',
      stdio: ['ignore', log, log, 'pipe'],
      env: { ...process.env, HAKO_ROOT: this.root, HAKO_RUN: this.run, HAKO_READY_FD: '3', ...env },
    });
    closeSync(log);
    const answer = await text(this.#child.stdio[3] as Readable);
    if (answer !== 'ready\n') throw new Error(`the daemon did not start: ${answer}\n${this.logTail()}`);
  }

  get logPath(): string {
    return join(this.folder, 'daemon.log');
  }

  logTail(lines = 30): string {
    return readFileSync(this.logPath, 'utf8').split('\n').slice(-lines).join('\n');
  }

  /** SIGKILL, and its end. Answers how it ended, which is not by our signal when it was gone already. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<NodeJS.Signals | null> {
    const child = this.#child;
    if (child === undefined) return null;
    child.kill(signal);
    return this.ended();
  }

  /** Waits for the process's end, for a test that made it die another way. */
  async ended(): Promise<NodeJS.Signals | null> {
    const child = this.#child;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    this.#child = undefined;
    return child.signalCode;
  }

  /** Runs `hako` against this daemon. */
  async hako(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return this.client(LAUNCHER, args);
  }

  /** Runs another client, which finds the daemon by DOCKER_HOST. */
  async client(command: string, args: readonly string[], input?: string) {
    const env = {
      ...process.env,
      HAKO_ROOT: this.root,
      HAKO_RUN: this.run,
      DOCKER_HOST: `unix://${this.api.socketPath}`,
      DOCKER_CONFIG: join(this.folder, 'docker-config'),
    };
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => undefined).end(input);
    const ended = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = (await ended) as [number | null];
    return { code, stdout, stderr };
  }

  /** Imports a tar of a root file system as an image. */
  async importTar(tarPath: string, image: string, changes: readonly string[] = ['CMD ["sh"]']): Promise<void> {
    const query = changes.map((change) => `&changes=${encodeURIComponent(change)}`).join('');
    const path = `/images/create?fromSrc=-&repo=${image.split(':')[0]}&tag=${image.split(':')[1]}${query}`;
    const answer = await this.api.call('POST', path, { body: readFileSync(tarPath), contentType: 'application/x-tar' });
    if (answer.status !== 200 || answer.message.includes('"error"')) throw new Error(`import: ${answer.message}`);
  }

  /** Takes every trace of the daemon off the host, also after a test that failed half-way. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    try {
      if (this.#child === undefined) await this.up();
      await purge(this.api);
      await this.kill('SIGTERM');
    } finally {
      await this.kill();
      await forceOff(this);
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

async function purge(api: Api): Promise<void> {
  const containers = await api.ok<{ Id: string }[]>('GET', '/containers/json?all=1');
  await Promise.all(containers.map(({ Id }) => api.call('DELETE', `/containers/${Id}?force=1&v=1`)));
  const networks = await api.ok<{ Id: string; Name: string }[]>('GET', '/networks');
  const own = networks.filter(({ Name }) => !['bridge', 'host', 'none'].includes(Name));
  await Promise.all(own.map(({ Id }) => api.call('DELETE', `/networks/${Id}`)));
  await api.ok('POST', '/hako/purge');
}
