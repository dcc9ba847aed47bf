import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { errorMessage, HakoError, ignoring, log } from '#base';
import { processStartTime } from './process.ts';
import { HELPER_VERSION, type HelperReply, helperPaths } from './protocol.ts';
import type { SyncReport } from './service.ts';

export interface HelperOptions {
  stateDir: string;
  namespaceDir: string;
  resolvConf: string;
  /** Where Node keeps compiled code. With it the helper needs no TypeScript parser, which is half of its memory. */
  cacheDir: string;
}

/** Keeps a mostly idle Node small: a young generation of 1 MiB. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=64', '--no-warnings'];
const START_TIMEOUT_MS = 15_000;
/** A helper that says nothing for so long hangs, and is replaced. */
const ANSWER_TIMEOUT_MS = 4000;
const NOTHING: SyncReport = { failedProxies: {}, gatewayPorts: {} };

/**
 * The daemon's side of the helper. The files say what shall be; `sync` makes the helper read them. The helper may be one
 * that an earlier daemon started: whoever answers on the socket is ours.
 */
export class HelperClient implements Disposable {
  readonly #options: HelperOptions;
  readonly #paths: ReturnType<typeof helperPaths>;
  #running: Promise<SyncReport> | undefined;
  #next: Promise<SyncReport> | undefined;

  constructor(options: HelperOptions) {
    this.#options = options;
    this.#paths = helperPaths(options.stateDir);
  }

  /**
   * Resolves when the helper is what the files say at this moment or later. Starts one where `isNeeded`; else only an
   * existing one is told. Calls that come while one runs share the one after it.
   */
  sync(isNeeded: boolean): Promise<SyncReport> {
    if (this.#running === undefined) {
      this.#running = this.#syncOnce(isNeeded).finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    const previous = this.#running;
    this.#next ??= previous
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.sync(isNeeded);
      });
    return this.#next;
  }

  /** Resolves when no sync is under way. */
  async settled(): Promise<void> {
    while (this.#running !== undefined || this.#next !== undefined) {
      await (this.#next ?? this.#running)?.catch(() => {});
    }
  }

  /** Ends the helper, whether it answers or not. */
  async stop(): Promise<void> {
    await this.settled();
    const identity = this.#identity();
    if (identity !== undefined && processStartTime(identity.pid) === identity.startTime) {
      ignoring('ESRCH', () => process.kill(identity.pid, 'SIGTERM'));
      await goneOrKilled(identity);
    }
    for (const path of [this.#paths.identity, this.#paths.socket]) rmSync(path, { force: true });
  }

  [Symbol.dispose](): void {}

  async #syncOnce(isNeeded: boolean): Promise<SyncReport> {
    const reply = await this.#ask();
    if (reply !== undefined && reply.version === HELPER_VERSION) return reply;
    if (reply === undefined && !isNeeded) return NOTHING;
    await this.#stopOther();
    await this.#start();
    const answer = await this.#ask();
    if (answer !== undefined) return answer;
    throw new HakoError('unavailable', `the network helper does not answer; its log is ${this.#paths.log}`);
  }

  /** The answer to `sync`, or undefined where nobody answers. */
  async #ask(): Promise<HelperReply | undefined> {
    try {
      const reply = await converse(this.#paths.socket, 'sync\n');
      return reply === '' ? undefined : (JSON.parse(reply) as HelperReply);
    } catch (error) {
      log.debug('no network helper answers', { error: errorMessage(error) });
      return undefined;
    }
  }

  /** Ends a helper of another version, or one that hangs. */
  async #stopOther(): Promise<void> {
    const identity = this.#identity();
    if (identity === undefined || processStartTime(identity.pid) !== identity.startTime) return;
    ignoring('ESRCH', () => process.kill(identity.pid, 'SIGTERM'));
    await goneOrKilled(identity);
  }

  #identity(): HelperIdentity | undefined {
    const content = ignoring('ENOENT', () => readFileSync(this.#paths.identity, 'utf8'));
    return content ? JSON.parse(content) : undefined;
  }

  /** Starts a helper in a session of its own; it closes its descriptor 3 when it listens. */
  async #start(): Promise<void> {
    mkdirSync(this.#options.stateDir, { recursive: true });
    const { stateDir, namespaceDir, resolvConf, cacheDir } = this.#options;
    const logFile = openSync(this.#paths.log, 'a', 0o600);
    const program = new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url).pathname;
    try {
      const child = spawn(process.execPath, [...NODE_FLAGS, program, stateDir, namespaceDir, resolvConf], {
        detached: true,
        cwd: '/',
        env: { PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin', NODE_COMPILE_CACHE: cacheDir },
        stdio: ['ignore', logFile, logFile, 'pipe'],
      });
      child.on('error', (error) => log.error('the network helper did not start', { error: errorMessage(error) }));
      child.unref();
      await closed(child.stdio[3] as Socket);
    } finally {
      closeSync(logFile);
    }
  }
}

interface HelperIdentity {
  pid: number;
  startTime: string;
}

/** Sends one command and answers the first line that comes back. */
async function converse(path: string, command: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(path);
  let received = '';
  socket.setEncoding('utf8').setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
  socket.once('error', reject);
  socket.once('close', () => resolve(''));
  socket.once('connect', () => socket.write(command));
  socket.on('data', (chunk) => {
    received += chunk;
    if (received.includes('\n')) resolve(received.slice(0, received.indexOf('\n')));
  });
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

/** Resolves when the other side closed the pipe, which a process also does by ending. */
async function closed(pipe: Socket): Promise<void> {
  pipe.setTimeout(START_TIMEOUT_MS, () => pipe.destroy());
  await readAll(pipe).catch(() => '');
}

/** Resolves when the process is gone; after two seconds it is killed. */
async function goneOrKilled({ pid, startTime }: HelperIdentity): Promise<void> {
  const deadlineMs = performance.now() + 2000;
  let isKilled = false;
  while (processStartTime(pid) === startTime && !isZombie(pid)) {
    if (performance.now() > deadlineMs && !isKilled) {
      ignoring('ESRCH', () => process.kill(pid, 'SIGKILL'));
      isKilled = true;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, 5);
    await promise;
  }
}

/** A child of ours that ended is a zombie until Node has reaped it. */
function isZombie(pid: number): boolean {
  const stat = ignoring(['ENOENT', 'ESRCH'], () => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  return stat === undefined || stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
}
