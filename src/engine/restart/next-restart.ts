import type { RestartPolicy } from '../spec.ts';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 60_000;
/** A run of this length was no failure to start: the next delay is the first again. */
const STEADY_RUN_MS = 10_000;

/** How the last run ended. Times are milliseconds since the epoch. */
export interface RunFacts {
  exitCode: number;
  /** A user stopped or killed it and has not started it since. */
  manuallyStopped: boolean;
  /** Consecutive restarts by policy without a steady run: 0 when this is the first. */
  failureCount: number;
  /** Restarts by policy since the user's last start, for the limit of `on-failure`; `failureCount` where it is not known. */
  restartCount?: number;
  startedAtMs: number;
  finishedAtMs: number;
  /** The daemon has just started, and the container had ended before. */
  daemonStarting: boolean;
}

export type RestartDecision = { restart: false } | { restart: true; delayMs: number };

/**
 * What the policy says, as in Docker: delays double from 100 ms to a minute and begin anew after ten seconds of running.
 * When the daemon starts, `always` brings back even what was stopped, `on-failure` nothing, and nothing waits.
 */
export function nextRestart(policy: RestartPolicy, facts: RunFacts): RestartDecision {
  if (!isWanted(policy, facts)) return { restart: false };
  if (facts.daemonStarting) return { restart: true, delayMs: 0 };
  const doublings = isSteadyRun(facts.startedAtMs, facts.finishedAtMs) ? 0 : facts.failureCount;
  return { restart: true, delayMs: Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** doublings) };
}

/** True for a run after which the delays begin anew. */
export function isSteadyRun(startedAtMs: number, finishedAtMs: number): boolean {
  return finishedAtMs - startedAtMs >= STEADY_RUN_MS;
}

function isWanted({ Name, MaximumRetryCount }: RestartPolicy, facts: RunFacts): boolean {
  switch (Name) {
    case 'always':
      return facts.daemonStarting || !facts.manuallyStopped;
    case 'unless-stopped':
      return !facts.manuallyStopped;
    case 'on-failure':
      if (facts.daemonStarting || facts.manuallyStopped || facts.exitCode === 0) return false;
      return !MaximumRetryCount || (facts.restartCount ?? facts.failureCount) < MaximumRetryCount;
    default:
      return false;
  }
}
