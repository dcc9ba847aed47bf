import type { Container, HealthState } from '#engine';
import { humanDuration, rfc3339 } from '../server/time.ts';

/** `State` of `inspect`. A paused or restarting container counts as running, as in Docker. */
export function presentState({ state }: Container) {
  return {
    Status: state.status,
    Running: ['running', 'paused', 'restarting'].includes(state.status),
    Paused: state.status === 'paused',
    Restarting: state.status === 'restarting',
    OOMKilled: state.oomKilled,
    Dead: state.status === 'dead',
    Pid: state.status === 'restarting' ? 0 : state.pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: rfc3339(state.startedAtMs),
    FinishedAt: rfc3339(state.finishedAtMs),
    ...(state.health === undefined ? {} : { Health: presentHealth(state.health) }),
  };
}

function presentHealth(health: HealthState) {
  return {
    Status: health.status,
    FailingStreak: health.failingStreak,
    Log: health.log.map(({ startMs, endMs, exitCode, output }) => ({
      Start: rfc3339(startMs),
      End: rfc3339(endMs),
      ExitCode: exitCode,
      Output: output,
    })),
  };
}

/** The words of `docker ps` in its STATUS column. */
export function statusText({ state }: Container, nowMs: number): string {
  const since = (timeMs: number) => humanDuration(Math.max(0, nowMs - timeMs));
  switch (state.status) {
    case 'paused':
      return `Up ${since(state.startedAtMs)} (Paused)`;
    case 'restarting':
      return `Restarting (${state.exitCode}) ${since(state.finishedAtMs)} ago`;
    case 'running':
      return `Up ${since(state.startedAtMs)}${healthText(state.health)}`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    case 'created':
      return 'Created';
    case 'exited':
      return `Exited (${state.exitCode}) ${since(state.finishedAtMs)} ago`;
  }
}

function healthText(health: HealthState | undefined): string {
  if (health === undefined) return '';
  return health.status === 'starting' ? ' (health: starting)' : ` (${health.status})`;
}

/** The word that the `health` filter of `ps` compares with. */
export function healthStatus({ state }: Container): string {
  return state.health?.status ?? 'none';
}
