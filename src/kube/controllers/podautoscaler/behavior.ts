import type { Shared } from '#kube/api';
import type { HorizontalPodAutoscaler, HPAScalingRules } from './types.ts';

/** What was recommended, and what was done, in the past: kept in memory only. */
export interface ScaleHistory {
  readonly recommendations: readonly { readonly atMs: number; readonly replicas: number }[];
  readonly changes: readonly { readonly atMs: number; readonly change: number }[];
}

/** A number of replicas with the condition that says what limited it. */
export interface Limited {
  readonly replicas: number;
  readonly reason: string;
  readonly message: string;
  readonly limited: boolean;
}

/** Longest time that matters: of stabilisation, and of policies. */
export const HISTORY_MS = 3600_000;
const DOWN_WINDOW_SECONDS = 300;

const UP: Rules = {
  windowSeconds: 0,
  select: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const DOWN: Rules = {
  windowSeconds: DOWN_WINDOW_SECONDS,
  select: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

interface Rules {
  readonly windowSeconds: number;
  readonly select: string;
  readonly policies: readonly { readonly type: string; readonly value: number; readonly periodSeconds: number }[];
}

/** The rules for growing and for shrinking, with upstream's defaults. */
function rulesOf(given: Shared<HPAScalingRules> | undefined, standard: Rules): Rules {
  const policies = given?.policies?.map(({ type = '', value = 0, periodSeconds = 15 }) => ({
    type,
    value,
    periodSeconds,
  }));
  return {
    windowSeconds: given?.stabilizationWindowSeconds ?? standard.windowSeconds,
    select: given?.selectPolicy ?? standard.select,
    policies: policies === undefined || policies.length === 0 ? standard.policies : policies,
  };
}

/**
 * The recommendation that holds: nothing shrinks below the highest of the window for shrinking, nor grows above the
 * lowest of the one for growing.
 */
export function stabilize(
  { spec }: Shared<HorizontalPodAutoscaler>,
  current: number,
  wanted: number,
  { recommendations }: ScaleHistory,
  nowMs: number,
): number {
  const upMs = nowMs - rulesOf(spec?.behavior?.scaleUp, UP).windowSeconds * 1000;
  const downMs = nowMs - rulesOf(spec?.behavior?.scaleDown, DOWN).windowSeconds * 1000;
  let [lowest, highest] = [wanted, wanted];
  for (const { atMs, replicas } of recommendations) {
    if (atMs > upMs) lowest = Math.min(lowest, replicas);
    if (atMs > downMs) highest = Math.max(highest, replicas);
  }
  if (current < lowest) return lowest;
  return current > highest ? highest : current;
}

/** What may be done of it now: as much as the policies let change in their periods, between the least and the most. */
export function limit(
  { spec }: Shared<HorizontalPodAutoscaler>,
  current: number,
  wanted: number,
  history: ScaleHistory,
  nowMs: number,
): Limited {
  const least = spec?.minReplicas ?? 1;
  const most = spec?.maxReplicas ?? 1;
  if (wanted > current) {
    const allowed = Math.max(current, upLimit(rulesOf(spec?.behavior?.scaleUp, UP), current, history, nowMs));
    const max = Math.min(most, allowed);
    if (wanted > max) {
      return allowed < most
        ? said(max, 'ScaleUpLimit', 'the desired replica count is increasing faster than the maximum scale rate')
        : said(max, 'TooManyReplicas', 'the desired replica count is more than the maximum replica count');
    }
  } else if (wanted < current) {
    const allowed = Math.min(current, downLimit(rulesOf(spec?.behavior?.scaleDown, DOWN), current, history, nowMs));
    const min = Math.max(least, allowed);
    if (wanted < min) {
      return allowed > least
        ? said(min, 'ScaleDownLimit', 'the desired replica count is decreasing faster than the maximum scale rate')
        : said(min, 'TooFewReplicas', 'the desired replica count is less than the minimum replica count');
    }
  }
  return withinBounds(wanted, least, most);
}

function withinBounds(wanted: number, least: number, most: number): Limited {
  if (wanted > most)
    return said(most, 'TooManyReplicas', 'the desired replica count is more than the maximum replica count');
  if (wanted < least)
    return said(least, 'TooFewReplicas', 'the desired replica count is less than the minimum replica count');
  return {
    replicas: wanted,
    reason: 'DesiredWithinRange',
    message: 'the desired count is within the acceptable range',
    limited: false,
  };
}

function said(replicas: number, reason: string, message: string): Limited {
  return { replicas, reason, message, limited: true };
}

function upLimit({ select, policies }: Rules, current: number, { changes }: ScaleHistory, nowMs: number): number {
  if (select === 'Disabled') return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const before = current - changed(changes, periodSeconds, nowMs, 1);
    return type === 'Pods' ? before + value : Math.ceil(before * (1 + value / 100));
  });
  return select === 'Min' ? Math.min(...limits) : Math.max(...limits);
}

function downLimit({ select, policies }: Rules, current: number, { changes }: ScaleHistory, nowMs: number): number {
  if (select === 'Disabled') return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const before = current - changed(changes, periodSeconds, nowMs, -1);
    return type === 'Pods' ? before - value : Math.trunc(before * (1 - value / 100));
  });
  // The policy that changes most lets shrink furthest.
  return select === 'Min' ? Math.max(...limits) : Math.min(...limits);
}

/** By how much it grew (or shrank, below zero) in the period. */
function changed(changes: ScaleHistory['changes'], periodSeconds: number, nowMs: number, direction: 1 | -1): number {
  let total = 0;
  for (const { atMs, change } of changes) {
    if (atMs > nowMs - periodSeconds * 1000 && Math.sign(change) === direction) total += change;
  }
  return total;
}
