import type { HealthConfig } from '../spec.ts';

/** A health check with its defaults filled in. */
export interface HealthSettings {
  intervalMs: number;
  timeoutMs: number;
  startPeriodMs: number;
  startIntervalMs: number;
  retries: number;
}

/** Reads nanoseconds; 0 and absent mean Docker's default. */
export function healthSettings(config: HealthConfig): HealthSettings {
  return {
    intervalMs: milliseconds(config.Interval, 30_000),
    timeoutMs: milliseconds(config.Timeout, 30_000),
    startPeriodMs: milliseconds(config.StartPeriod, 0),
    startIntervalMs: milliseconds(config.StartInterval, 5_000),
    retries: config.Retries !== undefined && config.Retries > 0 ? config.Retries : 3,
  };
}

function milliseconds(nanoseconds: number | undefined, fallbackMs: number): number {
  return nanoseconds === undefined || nanoseconds <= 0 ? fallbackMs : nanoseconds / 1e6;
}
