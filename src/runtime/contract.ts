/**
 * The runtime port: what the engine needs of whatever runs containers. The adapter is conmon plus an OCI runtime
 * program (crun, runc, runsc …); the fake serves tests. Both pass the same contract suite.
 */
import type { OciProcess, OciResources, OciSpec } from './oci-spec.ts';

/** A program with the OCI command line, as the settings register it. */
export interface OciRuntime {
  /** The name users give to `--runtime`. */
  name: string;
  path: string;
  /** Arguments before the verb, for example `--platform=systrap` of runsc. */
  args: readonly string[];
}

/** Where conmon writes the container's output while the daemon is away too. Format: CRI's ("k8s-file"). */
export interface ContainerLog {
  driver: 'k8s-file' | 'journald' | 'none';
  path: string;
  /** conmon's own safety limit for one file; the daemon rotates long before. */
  maxBytes: number;
}

export interface CreateRequest {
  id: string;
  name: string;
  runtime: OciRuntime;
  /** Folder that holds config.json and the small files of this run; made by `create`, removed by `delete`. */
  bundleDir: string;
  spec: OciSpec;
  terminal: boolean;
  /** Keep a pipe for standard input; `stdinOnce` closes it when the first attached client that had it leaves. */
  openStdin: boolean;
  stdinOnce: boolean;
  log: ContainerLog;
}

/** A container in the OCI state `created`: its init waits for `start`, its attach socket is there. */
export interface CreatedContainer {
  pid: number;
  conmonPid: number;
}

export interface ExecRequest {
  execId: string;
  process: OciProcess;
  terminal: boolean;
  openStdin: boolean;
  /** Detached execs outlive their client and the daemon. */
  detached: boolean;
}

/** A running exec. */
export interface ExecHandle {
  pid: number;
  /** Output and input; undefined for a detached exec. */
  io: AttachedStreams | undefined;
  /** The exit code, 128 + signal where it was killed. Rejects only when conmon itself was lost. */
  exited: Promise<number>;
  resize(size: TerminalSize): void;
}

export interface TerminalSize {
  rows: number;
  columns: number;
}

export interface OutputChunk {
  stream: 'stdout' | 'stderr';
  data: Buffer;
}

/** One client's view of a container's standard streams. Output starts where the attach was made. */
export interface AttachedStreams extends AsyncDisposable {
  /** Ends when the container's output ends. Must be consumed: like a full pipe, a reader that stands still makes the container wait. */
  output: AsyncIterable<OutputChunk>;
  /** Writes to standard input; resolves when the bytes are handed over (back-pressure). */
  write(data: Uint8Array): Promise<void>;
  /** Half-close: no more input will come. */
  endInput(): void;
}

/** How a container ended. */
export interface ContainerExit {
  id: string;
  exitCode: number;
  /** The kernel killed it for its memory limit. */
  oomKilled: boolean;
  finishedAtMs: number;
}

export interface RuntimeState {
  status: 'created' | 'running' | 'paused' | 'stopped';
  pid: number;
}

export interface Runtime {
  /**
   * Must be called first, with the containers that the engine knows: removes what nobody knows, ends the execs whose
   * clients died with the last daemon, and tells which containers live. Idempotent.
   */
  recover(knownIds: ReadonlySet<string>): Promise<{ live: string[] }>;
  /** Makes the container up to `created`. On failure nothing is left and the error carries the runtime's own words. */
  create(request: CreateRequest, options: { signal?: AbortSignal }): Promise<CreatedContainer>;
  start(id: string): Promise<void>;
  /** Sends a signal to init, or with `all` to every process. `not_found` when it is gone. */
  kill(id: string, signal: number, options?: { all?: boolean }): Promise<void>;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  update(id: string, resources: OciResources): Promise<void>;
  /** Removes what the runtime keeps of a stopped container (with `force`: of any); idempotent. */
  delete(id: string, options?: { force?: boolean }): Promise<void>;
  exec(id: string, request: ExecRequest, options: { signal?: AbortSignal }): Promise<ExecHandle>;
  /** With `stdin: false` the client only listens: its leaving never closes the container's input. */
  attach(id: string, options: { signal?: AbortSignal; stdin?: boolean }): Promise<AttachedStreams>;
  resize(id: string, size: TerminalSize): void;
  /** Asks conmon to open its log file anew, after the caller renamed the old one. */
  reopenLog(id: string): Promise<void>;
  /** What the kernel and the runtime say of the container now; undefined when the runtime does not know it. */
  state(id: string): Promise<RuntimeState | undefined>;
  /** The recorded end of a container whose conmon has finished, also from before this process started. */
  exitOf(id: string): ContainerExit | undefined;
  /** Calls back once for every container that ends from now on (driven by the end of its conmon, no polling). */
  onExit(listener: (exit: ContainerExit) => void): Disposable;
}
