import { HakoError } from '#base';
import type {
  AttachedStreams,
  ContainerExit,
  CreatedContainer,
  CreateRequest,
  ExecHandle,
  ExecRequest,
  Runtime,
  RuntimeState,
  TerminalSize,
} from '../contract.ts';
import type { OciResources } from '../oci-spec.ts';
import { FakeProcess } from './process.ts';

const SIGKILL = 9;
const SIGTERM = 15;

interface FakeContainer {
  request: CreateRequest;
  process: FakeProcess;
  pid: number;
  status: RuntimeState['status'];
  exit: ContainerExit | undefined;
  execs: Map<string, FakeProcess>;
  resources: OciResources[];
  logReopened: number;
}

/** A runtime in memory for tests of the engine. What its processes understand: see `FakeProcess`. */
export class FakeRuntime implements Runtime {
  readonly #containers = new Map<string, FakeContainer>();
  readonly #listeners = new Set<(exit: ContainerExit) => void>();
  #nextPid = 1000;

  #find(id: string): FakeContainer {
    const container = this.#containers.get(id);
    if (container !== undefined) return container;
    throw new HakoError('not_found', `container ${id} is not running`);
  }

  #live(id: string): FakeContainer {
    const container = this.#find(id);
    if (container.status !== 'stopped') return container;
    throw new HakoError('not_found', `container ${id} is not running`);
  }

  async recover(knownIds: ReadonlySet<string>): Promise<{ live: string[] }> {
    for (const id of [...this.#containers.keys()]) if (!knownIds.has(id)) await this.delete(id, { force: true });
    const live = [...this.#containers.values()].filter(({ status }) => status !== 'stopped');
    return { live: live.map(({ request }) => request.id) };
  }

  async create(request: CreateRequest, options: { signal?: AbortSignal } = {}): Promise<CreatedContainer> {
    options.signal?.throwIfAborted();
    const { id } = request;
    if (this.#containers.has(id)) throw new HakoError('already_exists', `container ${id} exists`);
    refuseMissing(request.spec.process.args, 'create');
    const pid = this.#nextPid++;
    const process = new FakeProcess();
    const rest = { exit: undefined, execs: new Map(), resources: [], logReopened: 0 };
    const container: FakeContainer = { request, process, pid, status: 'created', ...rest };
    this.#containers.set(id, container);
    process.exited.then((exitCode) => this.#end(container, exitCode));
    return { pid, conmonPid: this.#nextPid++ };
  }

  #end(container: FakeContainer, exitCode: number): void {
    const { id } = container.request;
    container.status = 'stopped';
    container.exit = { id, exitCode, oomKilled: false, finishedAtMs: Date.now() };
    for (const exec of container.execs.values()) exec.end(128 + SIGKILL);
    for (const listener of this.#listeners) listener(container.exit);
  }

  async start(id: string): Promise<void> {
    const container = this.#live(id);
    if (container.status !== 'created')
      throw new HakoError('failed_precondition', `container ${id} was started before`);
    container.status = 'running';
    setImmediate(() => void container.process.run(container.request.spec.process.args));
  }

  async kill(id: string, signal: number): Promise<void> {
    const container = this.#live(id);
    if (signal === SIGKILL || signal === SIGTERM) container.process.end(128 + signal);
  }

  async pause(id: string): Promise<void> {
    this.#live(id).status = 'paused';
  }

  async resume(id: string): Promise<void> {
    this.#live(id).status = 'running';
  }

  async update(id: string, resources: OciResources): Promise<void> {
    this.#live(id).resources.push(resources);
  }

  async delete(id: string, options: { force?: boolean } = {}): Promise<void> {
    const container = this.#containers.get(id);
    if (container === undefined) return;
    if (container.status !== 'stopped' && !options.force) {
      throw new HakoError('failed_precondition', `container ${id} is ${container.status}: stop it first, or force`);
    }
    container.process.end(128 + SIGKILL);
    await container.process.exited;
    this.#containers.delete(id);
  }

  async exec(id: string, request: ExecRequest, options: { signal?: AbortSignal } = {}): Promise<ExecHandle> {
    options.signal?.throwIfAborted();
    const container = this.#live(id);
    refuseMissing(request.process.args, 'exec');
    const process = new FakeProcess();
    container.execs.set(request.execId, process);
    process.exited.then(() => container.execs.delete(request.execId));
    const io = request.detached ? undefined : process.attach(true, () => process.end(128 + SIGKILL));
    setImmediate(() => void process.run(request.process.args));
    return { pid: this.#nextPid++, io, exited: process.exited, resize: (size) => process.resize(size) };
  }

  async attach(id: string): Promise<AttachedStreams> {
    const { process, request } = this.#live(id);
    return process.attach(request.stdinOnce);
  }

  resize(id: string, size: TerminalSize): void {
    this.#live(id).process.resize(size);
  }

  async reopenLog(id: string): Promise<void> {
    this.#live(id).logReopened++;
  }

  async state(id: string): Promise<RuntimeState | undefined> {
    const container = this.#containers.get(id);
    return container && { status: container.status, pid: container.status === 'stopped' ? 0 : container.pid };
  }

  exitOf(id: string): ContainerExit | undefined {
    return this.#containers.get(id)?.exit;
  }

  onExit(listener: (exit: ContainerExit) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** For tests: ends a container as the kernel would for its memory limit. */
  killForMemory(id: string): void {
    const container = this.#live(id);
    container.process.exited.then(() => {
      if (container.exit !== undefined) container.exit.oomKilled = true;
    });
    container.process.end(128 + SIGKILL);
  }

  /** For tests: what `update` was given, in order. */
  updatesOf(id: string): OciResources[] {
    return this.#find(id).resources;
  }
}

/** The one failure that every engine test needs. */
function refuseMissing(args: readonly string[], verb: string): void {
  if (args[0] !== 'no-such-program') return;
  const problem = `exec: "${args[0]}": executable file not found in $PATH`;
  throw new HakoError('invalid', `OCI runtime ${verb} failed: ${problem}`);
}
