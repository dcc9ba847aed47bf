import { type Clock, isHakoError, log, systemClock } from '#base';
import { fileSize, untilReplaced } from './log-path.ts';
import { rotate } from './rotate.ts';

/** A log is looked at once a second, or sooner when it grows so fast that it would be full before. */
const MAX_INTERVAL_MS = 1000;
const MIN_INTERVAL_MS = 50;
/** How long the writer may take to open its file anew before it is asked once more: asking twice at once would lose records. */
const REOPEN_PATIENCE_MS = 10_000;

interface RotatedLog {
  id: string;
  path: string;
  maxBytes: number;
  maxFiles: number;
  sizeBytes: number;
  checkedAtMs: number;
  dueAtMs: number;
  intervalMs: number;
  busy: boolean;
  untracked: AbortController;
}

/** Which log to watch: that of a running container. */
export interface RotationRequest {
  path: string;
  maxBytes: number;
  maxFiles: number;
}

/**
 * Rotates the logs of running containers when they are full: one timer for all. A crash between rename and reopen leaves
 * no `log`; whoever tracks it next has the writer open it.
 */
export class LogRotator implements Disposable {
  readonly #reopen: (id: string) => Promise<void>;
  readonly #clock: Clock;
  readonly #logs = new Map<string, RotatedLog>();
  #timer: NodeJS.Timeout | undefined;

  /** `reopen` has the container's log writer open its file anew (`Runtime.reopenLog`); `not_found` when it has ended. */
  constructor(reopen: (id: string) => Promise<void>, clock: Clock = systemClock) {
    this.#reopen = reopen;
    this.#clock = clock;
  }

  /** Begins to watch the log of a container that runs; dispose the answer when it has ended. */
  track(id: string, request: RotationRequest): Disposable {
    const nowMs = this.#clock.monotonicMs();
    const untracked = new AbortController();
    const state = { sizeBytes: 0, checkedAtMs: nowMs, dueAtMs: nowMs, intervalMs: MAX_INTERVAL_MS, busy: false };
    const tracked: RotatedLog = { id, ...request, ...state, untracked };
    if (Number.isFinite(request.maxBytes)) {
      this.#logs.set(id, tracked);
      this.#schedule();
    }
    const forget = () => {
      untracked.abort();
      if (this.#logs.get(id) === tracked) this.#logs.delete(id);
    };
    return { [Symbol.dispose]: forget };
  }

  [Symbol.dispose](): void {
    for (const { untracked } of this.#logs.values()) untracked.abort();
    this.#logs.clear();
    clearTimeout(this.#timer);
  }

  /** The timer runs while there are logs to watch, and does not keep a process alive. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#logs.size === 0) return;
    const dueAtMs = Math.min(...this.#logs.values().map((tracked) => tracked.dueAtMs));
    const delayMs = Math.max(MIN_INTERVAL_MS, dueAtMs - this.#clock.monotonicMs());
    this.#timer = setTimeout(() => this.#tick(), delayMs).unref();
  }

  #tick(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const tracked of this.#logs.values()) {
      if (tracked.dueAtMs <= nowMs + MIN_INTERVAL_MS / 2 && !tracked.busy) this.#check(tracked, nowMs);
    }
    this.#schedule();
  }

  /** A stat of a file in use costs microseconds: its inode is in memory. */
  #check(tracked: RotatedLog, nowMs: number): void {
    const sizeBytes = fileSize(tracked.path);
    tracked.intervalMs = nextIntervalMs(tracked, sizeBytes ?? 0, nowMs);
    tracked.dueAtMs = nowMs + tracked.intervalMs;
    tracked.sizeBytes = sizeBytes ?? 0;
    tracked.checkedAtMs = nowMs;
    if (sizeBytes === undefined || sizeBytes >= tracked.maxBytes) void this.#turn(tracked, sizeBytes === undefined);
  }

  async #turn(tracked: RotatedLog, missing: boolean): Promise<void> {
    const { id, path, maxFiles, untracked } = tracked;
    tracked.busy = true;
    try {
      const signal = AbortSignal.any([untracked.signal, AbortSignal.timeout(REOPEN_PATIENCE_MS)]);
      const replaced = untilReplaced(path, signal);
      if (!missing) await rotate(path, maxFiles);
      await this.#reopen(id);
      await replaced;
    } catch (error) {
      const over = untracked.signal.aborted || isHakoError(error, 'not_found');
      if (!over) log.warn('the log of a container cannot be rotated', { id, error });
    }
    tracked.sizeBytes = 0;
    tracked.busy = false;
  }
}

/** Half the time until the log is full at the rate at which it grew; output comes in bursts, so a pause counts little. */
function nextIntervalMs(tracked: RotatedLog, sizeBytes: number, nowMs: number): number {
  const calmMs = Math.min(MAX_INTERVAL_MS, tracked.intervalMs * 2);
  const grown = sizeBytes - tracked.sizeBytes;
  const elapsedMs = nowMs - tracked.checkedAtMs;
  if (grown <= 0 || elapsedMs <= 0) return calmMs;
  const fullInMs = ((tracked.maxBytes - sizeBytes) * elapsedMs) / grown;
  return Math.max(MIN_INTERVAL_MS, Math.min(calmMs, fullInMs / 2));
}
