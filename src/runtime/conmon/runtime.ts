import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, HakoError, KeyedLock, log, span } from '#base';
import { favorDynmods, killCgroup, makeCgroup, moveToCgroup, type RuntimeNamespace, signalProcess } from '#system';
import type {
  AttachedStreams,
  ContainerExit,
  CreatedContainer,
  CreateRequest,
  ExecHandle,
  ExecRequest,
  OciRuntime,
  Runtime,
  RuntimeState,
  TerminalSize,
} from '../contract.ts';
import type { OciResources } from '../oci-spec.ts';
import { attachTo } from './attach.ts';
import { type ConmonContext, traitsFor } from './context.ts';
import { sendReopenLog, sendResize } from './control.ts';
import { createContainer } from './create.ts';
import { execInContainer } from './exec.ts';
import { readExit, writeExit } from './exits.ts';
import { BundleFile, RuntimeLayout } from './layout.ts';
import { runVerb } from './program.ts';
import { type ContainerRecord, RecordStore } from './record.ts';
import { endAttachedExecs, removeOrphans } from './recover.ts';
import { killAndWait, removeContainer, removeState } from './remove.ts';
import { startContainer } from './start.ts';
import { readState } from './state.ts';
import { SyncPipe } from './sync-pipe.ts';
import { probeTraits } from './traits.ts';
import { updateContainer } from './update.ts';

export interface ConmonRuntimeOptions {
  /** Below HAKO_RUN, on a file system that a reboot empties. Keep it short: sockets live there. */
  runDir: string;
  namespace: RuntimeNamespace;
  /** Every program that containers may name; see `detectRuntimes`. */
  runtimes: readonly OciRuntime[];
  conmonPath?: string;
  /**
   * A cgroup for the conmons (`/hako/conmon`); without it they stay in the daemon's. Needed where somebody ends the daemon
   * by its cgroup (a systemd unit without `KillMode=process`).
   */
  conmonCgroup?: string;
  /** Hold `favorDynmods`, which halves the time of a creation that comes alone; default true. */
  favorDynmods?: boolean;
}

/** What a killed conmon's container is reported with. */
const LOST_EXIT_CODE = 137;

interface Watched {
  record: ContainerRecord;
  sync: SyncPipe;
}

/** The runtime port by conmon, one process a container, and any program with the OCI command line. */
export class ConmonRuntime implements Runtime, AsyncDisposable {
  readonly #context: ConmonContext;
  readonly #records: RecordStore;
  readonly #containers = new Map<string, Watched>();
  readonly #listeners = new Set<(exit: ContainerExit) => void>();
  readonly #locks = new KeyedLock();
  readonly #attachLocks = new KeyedLock();
  readonly #dynmods: Disposable | undefined;
  #isDisposed = false;

  private constructor(context: ConmonContext, dynmods: Disposable | undefined) {
    this.#context = context;
    this.#dynmods = dynmods;
    this.#records = new RecordStore(context.layout.records);
  }

  /** Opens the run folder and takes up the containers that are there. `recover` must follow before anything else. */
  static async open(options: ConmonRuntimeOptions): Promise<ConmonRuntime> {
    const layout = new RuntimeLayout(options.runDir);
    for (const folder of layout.folders) mkdirSync(folder, { recursive: true, mode: 0o711 });
    const probes = options.runtimes.map(async (runtime) => [runtime.path, await probeTraits(runtime)] as const);
    const settled = await Promise.allSettled(probes);
    const traits = new Map(settled.flatMap((probe) => (probe.status === 'fulfilled' ? [probe.value] : [])));
    const conmonPath = options.conmonPath ?? '/usr/bin/conmon';
    const dynmods = options.favorDynmods === false ? undefined : favorDynmods();
    const { namespace, conmonCgroup } = options;
    if (conmonCgroup !== undefined) makeCgroup(conmonCgroup);
    const runtime = new ConmonRuntime({ layout, namespace, conmonPath, conmonCgroup, traits }, dynmods);
    runtime.#takeUp();
    return runtime;
  }

  #takeUp(): void {
    for (const record of this.#records.list()) {
      if (record.init !== undefined) this.#watch(record, SyncPipe.reopen(record.bundleDir));
    }
  }

  /** What a program can do, for `SpecInput.features`. */
  features(runtime: OciRuntime): { recursiveReadonly: boolean } {
    return traitsFor(this.#context, runtime);
  }

  /**
   * Start-up: removes containers that the engine does not know or that were never finished, ends the execs whose clients
   * died with the last daemon. Ends that happened meanwhile are then in `exitOf`. Idempotent.
   */
  async recover(knownIds: ReadonlySet<string>): Promise<{ live: string[] }> {
    for (const id of this.#containers.keys()) if (!knownIds.has(id)) this.#forget(id);
    await removeOrphans(this.#context, this.#records, knownIds);
    for (const { record } of this.#containers.values()) await endAttachedExecs(this.#context, record);
    const live = [...this.#containers].filter(([, { sync }]) => !sync.isClosed).map(([id]) => id);
    return { live };
  }

  #record(id: string): ContainerRecord {
    const watched = this.#containers.get(id);
    if (watched !== undefined) return watched.record;
    throw new HakoError('not_found', `container ${id} is not running`);
  }

  #watch(record: ContainerRecord, sync: SyncPipe): void {
    const watched = { record, sync };
    this.#containers.set(record.id, watched);
    sync.closed.then(() => this.#onConmonEnd(watched)).catch((error: unknown) => this.#onFailure(record.id, error));
  }

  #onFailure(id: string, error: unknown): void {
    log.error('cannot handle the end of a container', { id, error: errorMessage(error) });
  }

  #forget(id: string): void {
    const watched = this.#containers.get(id);
    this.#containers.delete(id);
    watched?.sync[Symbol.dispose]();
  }

  /** conmon ended: it left an exit code, or it was killed and its container must not run on unwatched. */
  async #onConmonEnd(watched: Watched): Promise<void> {
    const { record } = watched;
    const isCurrent = () => !this.#isDisposed && this.#containers.get(record.id) === watched;
    if (!isCurrent()) return;
    if (readExit(this.#context.layout, record) === undefined) await this.#endUnwatched(record);
    if (!isCurrent()) return;
    const exit = readExit(this.#context.layout, record);
    if (exit !== undefined) this.#announce(exit);
  }

  async #endUnwatched(record: ContainerRecord): Promise<void> {
    log.warn('the conmon of a container was killed: the container is ended', { id: record.id });
    if (record.init !== undefined) await killAndWait(record.init);
    if (record.cgroupsPath !== '') killCgroup(record.cgroupsPath);
    writeExit(this.#context.layout, record.id, LOST_EXIT_CODE);
  }

  #announce(exit: ContainerExit): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(exit);
      } catch (error) {
        this.#onFailure(exit.id, error);
      }
    }
  }

  async create(request: CreateRequest, options: { signal?: AbortSignal } = {}): Promise<CreatedContainer> {
    return span('runtime create', () => this.#create(request, options.signal));
  }

  #create(request: CreateRequest, signal: AbortSignal | undefined): Promise<CreatedContainer> {
    return this.#locks.run(request.id, async () => {
      if (this.#containers.has(request.id)) throw new HakoError('already_exists', `container ${request.id} exists`);
      const { record, sync } = await createContainer(this.#context, this.#records, request, signal);
      this.#watch(record, sync);
      this.#place(record.conmon.pid);
      return { pid: record.init.pid, conmonPid: record.conmon.pid };
    });
  }

  /** Not waited for: a move takes milliseconds where `favorDynmods` is not to be had. */
  #place(conmonPid: number): void {
    const { conmonCgroup } = this.#context;
    if (conmonCgroup === undefined) return;
    moveToCgroup(conmonCgroup, conmonPid).catch((error: unknown) => {
      log.warn('cannot move a conmon into its cgroup', { conmonPid, error: errorMessage(error) });
    });
  }

  async start(id: string): Promise<void> {
    await startContainer(this.#context, this.#record(id));
  }

  async kill(id: string, signal: number, options: { all?: boolean } = {}): Promise<void> {
    const record = this.#record(id);
    const isNative = traitsFor(this.#context, record.runtime).nativeInit && !options.all;
    if (!isNative) return this.#killByRuntime(record, signal, options.all ?? false);
    if (record.init !== undefined && signalProcess(record.init, signal)) return;
    throw new HakoError('not_found', `container ${id} is not running`);
  }

  async #killByRuntime(record: ContainerRecord, signal: number, all: boolean): Promise<void> {
    const args = all ? ['--all', record.id, String(signal)] : [record.id, String(signal)];
    try {
      await runVerb(this.#context, record, 'kill', args);
    } catch (cause) {
      const { status } = await readState(this.#context, record);
      if (status !== 'stopped') throw cause;
      throw new HakoError('not_found', `container ${record.id} is not running`, { cause });
    }
  }

  async pause(id: string): Promise<void> {
    await runVerb(this.#context, this.#record(id), 'pause', [id]);
  }

  async resume(id: string): Promise<void> {
    await runVerb(this.#context, this.#record(id), 'resume', [id]);
  }

  async update(id: string, resources: OciResources): Promise<void> {
    await updateContainer(this.#context, this.#record(id), resources);
  }

  async delete(id: string, options: { force?: boolean } = {}): Promise<void> {
    await this.#locks.run(id, async () => {
      const watched = this.#containers.get(id);
      if (watched === undefined) return;
      const { record } = watched;
      if (!options.force && !watched.sync.isClosed) await this.#refuseRunning(record);
      if (options.force) await this.#end(record);
      await watched.sync.closed;
      this.#forget(id);
      await removeContainer(this.#context, this.#records, record, options.force ?? false);
    });
  }

  async #end(record: ContainerRecord): Promise<void> {
    const { nativeInit } = traitsFor(this.#context, record.runtime);
    if (nativeInit && record.init !== undefined) await killAndWait(record.init);
    else await removeState(this.#context, record, true);
  }

  async #refuseRunning(record: ContainerRecord): Promise<void> {
    const { status } = await readState(this.#context, record);
    if (status === 'stopped') return;
    throw new HakoError('failed_precondition', `container ${record.id} is ${status}: stop it first, or force`);
  }

  async exec(id: string, request: ExecRequest, options: { signal?: AbortSignal } = {}): Promise<ExecHandle> {
    return execInContainer(this.#context, this.#record(id), request, options.signal);
  }

  async attach(id: string, options: { signal?: AbortSignal; stdin?: boolean } = {}): Promise<AttachedStreams> {
    const { bundleDir, stdinOnce, terminal, conmon } = this.#record(id);
    const lingering = options.stdin === false && stdinOnce && !terminal;
    const socketPath = join(bundleDir, BundleFile.ATTACH);
    const attach = () => attachTo(socketPath, { signal: options.signal, lingering, conmonPid: conmon?.pid });
    return this.#attachLocks.run(id, attach);
  }

  resize(id: string, size: TerminalSize): void {
    sendResize(this.#record(id).bundleDir, size);
  }

  async reopenLog(id: string): Promise<void> {
    sendReopenLog(this.#record(id).bundleDir);
  }

  async state(id: string): Promise<RuntimeState | undefined> {
    const watched = this.#containers.get(id);
    return watched && readState(this.#context, watched.record);
  }

  exitOf(id: string): ContainerExit | undefined {
    const watched = this.#containers.get(id);
    return watched?.sync.isClosed ? readExit(this.#context.layout, watched.record) : undefined;
  }

  onExit(listener: (exit: ContainerExit) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Lets go of everything; containers run on. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#dynmods?.[Symbol.dispose]();
    for (const id of [...this.#containers.keys()]) this.#forget(id);
    this.#listeners.clear();
  }
}
