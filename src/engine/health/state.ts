import type { HealthState } from '../contract.ts';
import type { HealthSettings } from './settings.ts';

/** Probes that `inspect` shows. */
const LOG_LENGTH = 5;
const MAX_OUTPUT_BYTES = 4096;

/** One probe as it went; `exitCode` is -1 where it did not come to an end of its own. */
export type ProbeRecord = HealthState['log'][number];

/** A container that has just started. */
export const initialHealth: HealthState = { status: 'starting', failingStreak: 0, log: [] };

/**
 * The health after one more probe. A success makes healthy at once, `retries` failures in a row make unhealthy. Failures
 * of probes that began within the start period of a container that was never healthy do not count.
 */
export function afterProbe(
  health: HealthState,
  probe: ProbeRecord,
  settings: HealthSettings,
  sinceStartMs: number,
): HealthState {
  const log = [...health.log, { ...probe, output: clip(probe.output) }].slice(-LOG_LENGTH);
  if (probe.exitCode === 0) return { status: 'healthy', failingStreak: 0, log };
  if (inStartPeriod(health, settings, sinceStartMs)) return { ...health, log };
  const failingStreak = health.failingStreak + 1;
  return { status: failingStreak >= settings.retries ? 'unhealthy' : health.status, failingStreak, log };
}

/** How long to wait for the next probe, counted from the end of the last. */
export function nextDelayMs(health: HealthState, settings: HealthSettings, sinceStartMs: number): number {
  return inStartPeriod(health, settings, sinceStartMs) ? settings.startIntervalMs : settings.intervalMs;
}

function inStartPeriod(health: HealthState, settings: HealthSettings, sinceStartMs: number): boolean {
  return health.status === 'starting' && sinceStartMs < settings.startPeriodMs;
}

/** Cuts at a character's border and says so. */
function clip(output: string): string {
  const bytes = Buffer.from(output);
  if (bytes.length <= MAX_OUTPUT_BYTES) return output;
  let end = MAX_OUTPUT_BYTES;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}...`;
}
