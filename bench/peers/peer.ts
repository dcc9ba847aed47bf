/** An engine that is measured: what differs between engines, and nothing else. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '../lib/http.ts';
import type { ProcessMemory } from '../lib/memory.ts';
import { Berth, type InnerProcess, removeCgroups } from './berth.ts';

/** Where an engine keeps its state. */
export interface PeerFolders {
  /** On a disk. */
  readonly folder: string;
  /** In memory, as /run is. Both are made by whoever starts the engine. */
  readonly runFolder: string;
}

/** How to run one engine. */
export interface PeerPlan {
  readonly name: string;
  readonly folder: string;
  readonly socketPath: string;
  /** The daemon in the foreground, API on `socketPath`. */
  readonly daemon: readonly string[];
  /** Its command line, before `run`, `ps`, … */
  readonly cli: readonly string[];
  /** True where the command line does the work itself and so must run in the daemon's namespaces. */
  readonly cliInside: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Relative to the root of each cgroup hierarchy; what is left below is removed at the end. */
  readonly cgroup: string;
  /** Shell run in the new namespaces before the daemon. */
  readonly setup: string;
}

/** Milliseconds a daemon may take until it answers. */
const START_LIMIT_MS = 120_000;

/** A running engine. */
export class Peer implements AsyncDisposable {
  readonly plan: PeerPlan;
  readonly api: ApiClient;
  readonly version: string;
  readonly #berth: Berth;
  #daemon: InnerProcess;

  private constructor(plan: PeerPlan, api: ApiClient, berth: Berth, daemon: InnerProcess, version: string) {
    this.plan = plan;
    this.api = api;
    this.version = version;
    this.#berth = berth;
    this.#daemon = daemon;
  }

  static async start(plan: PeerPlan): Promise<Peer> {
    await using scope = new AsyncDisposableStack();
    scope.defer(() => removeCgroups(plan.cgroup));
    const berth = scope.use(await Berth.make(plan.setup));
    const api = scope.use(new ApiClient(plan.socketPath));
    const daemon = await launch(plan, berth);
    await untilAnswers(plan, api, daemon);
    const { Version } = await api.json<{ Version: string }>('GET', '/version');
    const peer = new Peer(plan, api, berth, daemon, Version);
    peer.#holds = scope.move();
    return peer;
  }

  #holds = new AsyncDisposableStack();

  get name(): string {
    return this.plan.name;
  }

  /** The command line that does `words` with this engine. */
  cli(...words: readonly string[]): string[] {
    const argv = [...this.plan.cli, ...words];
    return this.plan.cliInside ? this.#berth.inside(argv) : argv;
  }

  /** Memory of the engine's processes. */
  processes(): ProcessMemory[] {
    return this.#berth.processes();
  }

  /** Kills the daemon with SIGKILL; its containers run on. */
  kill(): Promise<void> {
    return this.#daemon.end('SIGKILL');
  }

  /** Starts the daemon again; resolves when the API answers. */
  async restart(): Promise<void> {
    this.#daemon = await launch(this.plan, this.#berth);
    await untilAnswers(this.plan, this.api, this.#daemon);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holds.disposeAsync();
  }
}

async function launch(plan: PeerPlan, berth: Berth): Promise<InnerProcess> {
  const log = openSync(logPath(plan), 'a');
  try {
    return await berth.spawn(plan.daemon, plan.env, log);
  } finally {
    closeSync(log);
  }
}

function logPath(plan: PeerPlan): string {
  return `${plan.folder}/daemon.log`;
}

async function untilAnswers(plan: PeerPlan, api: ApiClient, daemon: InnerProcess): Promise<void> {
  const limitMs = performance.now() + START_LIMIT_MS;
  for (;;) {
    const answer = await api.send('GET', '/_ping').catch(() => undefined);
    if (answer?.status === 200) return;
    if (daemon.hasEnded || performance.now() > limitMs) {
      throw new Error(`${plan.name} did not start:\n${readFileSync(logPath(plan), 'utf8').slice(-2000)}`);
    }
    await delay(2);
  }
}
