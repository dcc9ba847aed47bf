/**
 * A place of its own for one engine: network, mount and PID namespaces, so that no firewall rule, mount or bridge of
 * one engine slows another or stays behind. Ending it, or the benchmark itself, ends every process within.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { exitOf } from '../lib/command.ts';
import { type ProcessMemory, processesOfNamespace } from '../lib/memory.ts';

/** bash reaps orphans, and ends (and with it the PID namespace) when its standard input does. */
const INIT = 'set -e; ip link set lo up; mount -t tmpfs tmpfs /run; echo ready; read -r _';

export class Berth implements AsyncDisposable {
  readonly #holder: ChildProcess;
  readonly #initPid: number;
  readonly #pidNamespace: string;

  private constructor(holder: ChildProcess, initPid: number) {
    this.#holder = holder;
    this.#initPid = initPid;
    this.#pidNamespace = readlinkSync(`/proc/${initPid}/ns/pid`);
  }

  /** Makes the namespaces; `setup` is shell that runs within before anything else. */
  static async make(setup = ':'): Promise<Berth> {
    const flags = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const stdio: ['pipe', 'pipe', 'inherit'] = ['pipe', 'pipe', 'inherit'];
    const holder = spawn('unshare', [...flags, 'bash', '-c', `${setup}; ${INIT}`], { stdio });
    const ended = exitOf(holder).then((status) => Promise.reject(new Error(`unshare ended with ${status}`)));
    await Promise.race([once(holder.stdout, 'data'), ended]);
    ended.catch(() => {});
    return new Berth(holder, onlyChild(holder.pid));
  }

  /** The command line that runs `argv` in here. */
  inside(argv: readonly string[]): string[] {
    return ['nsenter', '-t', `${this.#initPid}`, '-n', '-m', '-p', ...argv];
  }

  /** Starts a daemon in here; its output goes to `logFd`. */
  async spawn(argv: readonly string[], env: NodeJS.ProcessEnv, logFd: number): Promise<InnerProcess> {
    const [file = '', ...args] = this.inside(argv);
    const entering = spawn(file, args, { env, stdio: ['ignore', logFd, logFd] });
    await once(entering, 'spawn');
    return new InnerProcess(entering);
  }

  /** The processes of the engine: daemons and what they keep beside each container, not the containers' own. */
  processes(): ProcessMemory[] {
    return processesOfNamespace(this.#pidNamespace).filter(({ pid }) => pid !== this.#initPid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = exitOf(this.#holder);
    this.#holder.stdin?.end();
    await ended;
    while (processesOfNamespace(this.#pidNamespace).length > 0) await delay(10);
  }
}

/** A daemon in a berth. nsenter stays outside as its parent and ends with it. */
export class InnerProcess {
  readonly #entering: ChildProcess;

  constructor(entering: ChildProcess) {
    this.#entering = entering;
  }

  get hasEnded(): boolean {
    return this.#entering.exitCode !== null || this.#entering.signalCode !== null;
  }

  /** Sends a signal to the daemon itself and waits for its end. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.hasEnded) return;
    const ended = exitOf(this.#entering);
    process.kill(onlyChild(this.#entering.pid), signal);
    await ended;
  }
}

function onlyChild(pid: number | undefined): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ');
  return Number(children[0]);
}

/** Removes the empty cgroups below `name` in every hierarchy; those that are in use stay. */
export function removeCgroups(name: string): void {
  for (const hierarchy of readdirSync('/sys/fs/cgroup')) removeCgroup(`/sys/fs/cgroup/${hierarchy}/${name}`);
}

function removeCgroup(path: string): void {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    for (const entry of entries) if (entry.isDirectory()) removeCgroup(`${path}/${entry.name}`);
    rmdirSync(path);
  } catch {
    // Not there, or in use.
  }
}
