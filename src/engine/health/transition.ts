import type { HealthState } from '../contract.ts';
import type { HealthConfig } from '../spec.ts';

/** A health check with docker's defaults filled in; milliseconds. */
export interface HealthTiming {
  intervalMs: number;
  timeoutMs: number;
  startPeriodMs: number;
  startIntervalMs: number;
  retries: number;
}

export interface ProbeResult {
  startMs: number;
  endMs: number;
  exitCode: number;
  output: string;
}

const KEPT_RESULTS = 5;
const MAX_OUTPUT_BYTES = 4096;

/** Reads the API's nanoseconds; 0 and undefined mean the default. */
export function healthTiming(config: HealthConfig): HealthTiming {
  const ms = (nanoseconds: number | undefined, fallback: number) => (nanoseconds ? nanoseconds / 1e6 : fallback);
  return {
    intervalMs: ms(config.Interval, 30_000),
    timeoutMs: ms(config.Timeout, 30_000),
    startPeriodMs: ms(config.StartPeriod, 0),
    startIntervalMs: ms(config.StartInterval, 5000),
    retries: config.Retries || 3,
  };
}

/** The health of a container that was just started. */
export function startingHealth(): HealthState {
  return { status: 'starting', failingStreak: 0, log: [] };
}

/** The health after one more probe. Failures within the start period of a container that was never healthy do not count. */
export function afterProbe(
  health: HealthState,
  result: ProbeResult,
  timing: HealthTiming,
  startedAtMs: number,
): HealthState {
  const entry = { ...result, output: result.output.slice(0, MAX_OUTPUT_BYTES) };
  const log = [...health.log, entry].slice(-KEPT_RESULTS);
  if (result.exitCode === 0) return { status: 'healthy', failingStreak: 0, log };
  const isGrace = health.status === 'starting' && result.startMs - startedAtMs < timing.startPeriodMs;
  const failingStreak = isGrace ? health.failingStreak : health.failingStreak + 1;
  const status = failingStreak >= timing.retries ? 'unhealthy' : health.status;
  return { status, failingStreak, log };
}

/** How long to wait for the next probe: shorter while the container starts. */
export function nextProbeMs(health: HealthState, timing: HealthTiming, sinceStartMs: number): number {
  const starting = health.status === 'starting' && sinceStartMs < timing.startPeriodMs;
  return starting ? Math.min(timing.startIntervalMs, timing.intervalMs) : timing.intervalMs;
}
