import type { Clock } from '#base';
import type { HealthState } from '../contract.ts';
import type { HealthConfig } from '../spec.ts';
import { type Probe, runProbe } from './run-probe.ts';
import { type HealthSettings, healthSettings } from './settings.ts';
import { afterProbe, initialHealth, nextDelayMs } from './state.ts';
import { systemTimer, type Timer } from './timer.ts';

export interface HealthMonitorOptions {
  config: HealthConfig;
  clock: Clock;
  probe: Probe;
  /** The state after each probe, and first of all `starting`. */
  onChange: (health: HealthState) => void;
  /** A status that differs from the one before: the event, and at `unhealthy` the time to act. */
  onStatus: (status: HealthState['status']) => void;
  /** When the container started, milliseconds since the epoch; the start period counts from it. Now where it is not given. */
  startedAtMs?: number;
  timer?: Timer;
}

/** Watches the health of one run of a container. Disposing it kills a probe that is under way and reports nothing more. */
export interface HealthMonitor extends Disposable {
  /** Probes no more, for example while the container is paused; what is known stays. Idempotent. */
  pause(): void;
  /** Goes on with a full interval. Idempotent. */
  resume(): void;
}

/** Starts to watch: the first probe comes after one interval. */
export function createHealthMonitor(options: HealthMonitorOptions): HealthMonitor {
  const monitor = new Monitor(options);
  options.onChange(initialHealth);
  monitor.resume();
  return monitor;
}

class Monitor implements HealthMonitor {
  readonly #options: HealthMonitorOptions;
  readonly #settings: HealthSettings;
  readonly #timer: Timer;
  /** Monotonic. */
  readonly #startedAtMs: number;
  #health = initialHealth;
  #cycle: { abort: AbortController; wait: Disposable | undefined } | undefined;
  #lastProbe: Promise<void> = Promise.resolve();
  #disposed = false;

  constructor(options: HealthMonitorOptions) {
    const { clock, startedAtMs = clock.nowMs() } = options;
    this.#options = options;
    this.#settings = healthSettings(options.config);
    this.#timer = options.timer ?? systemTimer;
    this.#startedAtMs = clock.monotonicMs() - Math.max(0, clock.nowMs() - startedAtMs);
  }

  pause(): void {
    const cycle = this.#cycle;
    this.#cycle = undefined;
    cycle?.wait?.[Symbol.dispose]();
    cycle?.abort.abort();
  }

  resume(): void {
    if (this.#cycle !== undefined || this.#disposed) return;
    this.#cycle = { abort: new AbortController(), wait: undefined };
    this.#schedule();
  }

  [Symbol.dispose](): void {
    this.pause();
    this.#disposed = true;
  }

  #schedule(): void {
    const cycle = this.#cycle;
    if (cycle === undefined) return;
    const delayMs = nextDelayMs(this.#health, this.#settings, this.#sinceStartMs());
    cycle.wait = this.#timer.after(delayMs, () => void this.#probeOnce(cycle.abort.signal));
  }

  /** One probe at a time: a killed one that lingers holds back the next, so that they cannot pile up. */
  async #probeOnce(signal: AbortSignal): Promise<void> {
    await this.#lastProbe;
    if (signal.aborted) return;
    const sinceStartMs = this.#sinceStartMs();
    const startMs = this.#options.clock.nowMs();
    const { timeoutMs } = this.#settings;
    const { outcome, settled } = runProbe(this.#options.probe, { timeoutMs, timer: this.#timer, signal });
    this.#lastProbe = settled;
    const { exitCode, output } = await outcome;
    if (signal.aborted) return;
    const record = { startMs, endMs: this.#options.clock.nowMs(), exitCode, output };
    this.#adopt(afterProbe(this.#health, record, this.#settings, sinceStartMs));
    this.#schedule();
  }

  #adopt(health: HealthState): void {
    const before = this.#health.status;
    this.#health = health;
    this.#options.onChange(health);
    if (health.status !== before) this.#options.onStatus(health.status);
  }

  #sinceStartMs(): number {
    return this.#options.clock.monotonicMs() - this.#startedAtMs;
  }
}
