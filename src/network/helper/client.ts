import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { errorMessage, HakoError, log } from '#base';
import { endProcess, readIdentity } from './identity.ts';
import { HelperLink } from './link.ts';
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
const FIRST_RESTART_DELAY_MS = 100;
const LAST_RESTART_DELAY_MS = 30_000;
const NOTHING: SyncReport = { failedProxies: {}, gatewayPorts: {} };

/**
 * The daemon's side of the helper. The files say what shall be; `sync` makes the helper read them. The helper may be one
 * that an earlier daemon started: whoever answers on the socket is ours. While it is needed, it is started again when it ends.
 */
export class HelperClient implements Disposable {
  readonly #options: HelperOptions;
  readonly #paths: ReturnType<typeof helperPaths>;
  #link: HelperLink | undefined;
  #running: Promise<SyncReport> | undefined;
  #next: Promise<SyncReport> | undefined;
  #isNeeded = false;
  #restartDelayMs = FIRST_RESTART_DELAY_MS;
  #restartTimer: NodeJS.Timeout | undefined;

  constructor(options: HelperOptions) {
    this.#options = options;
    this.#paths = helperPaths(options.stateDir);
  }

  /**
   * Resolves when the helper is what the files say at this moment or later. Starts one where `isNeeded`; else only an
   * existing one is told. Calls that come while one runs share the one after it.
   */
  sync(isNeeded: boolean): Promise<SyncReport> {
    this.#isNeeded = isNeeded;
    if (this.#running === undefined) {
      this.#running = this.#syncOnce().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#next ??= this.#afterRunning(this.#running);
    return this.#next;
  }

  /** Resolves when no sync is under way. */
  async settled(): Promise<void> {
    while (this.#running !== undefined || this.#next !== undefined) {
      await Promise.allSettled([this.#next ?? this.#running]);
    }
  }

  /** Ends the helper, whether it answers or not. */
  async stop(): Promise<void> {
    this.#isNeeded = false;
    await this.settled();
    this[Symbol.dispose]();
    await this.#endPresent();
    for (const path of [this.#paths.identity, this.#paths.socket]) rmSync(path, { force: true });
  }

  /** Lets go of the helper; it lives on. */
  [Symbol.dispose](): void {
    this.#isNeeded = false;
    clearTimeout(this.#restartTimer);
    this.#link?.[Symbol.dispose]();
    this.#link = undefined;
  }

  async #afterRunning(running: Promise<SyncReport>): Promise<SyncReport> {
    await Promise.allSettled([running]);
    this.#next = undefined;
    return this.sync(this.#isNeeded);
  }

  async #syncOnce(): Promise<SyncReport> {
    const reply = await this.#ask();
    if (reply?.version === HELPER_VERSION) return reply;
    if (reply === undefined && !this.#isNeeded) return NOTHING;
    await this.#endPresent();
    await this.#start();
    const answer = await this.#ask();
    if (answer !== undefined) return answer;
    throw new HakoError('unavailable', `the network helper does not answer; its log is ${this.#paths.log}`);
  }

  /** The answer to `sync`, or undefined where nobody answers. */
  async #ask(): Promise<HelperReply | undefined> {
    try {
      this.#link ??= await HelperLink.open(this.#paths.socket, () => this.#onEnd());
      const line = await this.#link?.ask('sync');
      if (line === undefined) return undefined;
      this.#restartDelayMs = FIRST_RESTART_DELAY_MS;
      return JSON.parse(line) as HelperReply;
    } catch (error) {
      log.debug('the network helper does not answer', { error: errorMessage(error) });
      this.#link = undefined;
      return undefined;
    }
  }

  /** Containers depend on it: it comes back soon, and less and less soon when it does not stay. */
  #onEnd(): void {
    this.#link = undefined;
    if (!this.#isNeeded || this.#running !== undefined) return;
    log.warn('the network helper ended; it is started again', { log: this.#paths.log });
    clearTimeout(this.#restartTimer);
    this.#restartTimer = setTimeout(() => {
      this.sync(this.#isNeeded).catch((error) => {
        log.error('the network helper cannot be started', { error: errorMessage(error) });
        this.#onEnd();
      });
    }, this.#restartDelayMs).unref();
    this.#restartDelayMs = Math.min(this.#restartDelayMs * 2, LAST_RESTART_DELAY_MS);
  }

  /** Ends a helper of another version, or one that hangs. */
  async #endPresent(): Promise<void> {
    const identity = readIdentity(this.#paths.identity);
    if (identity !== undefined) await endProcess(identity);
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

/** Resolves when the other side closed the pipe, which a process also does by ending. */
async function closed(pipe: Socket): Promise<void> {
  pipe.setTimeout(START_TIMEOUT_MS, () => pipe.destroy());
  await readAll(pipe).catch(() => '');
}
