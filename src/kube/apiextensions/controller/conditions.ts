import { formatTime } from '#kube/api/values';
import type { CrdCondition, CrdStatus } from '../types.ts';

/** Sets a condition in a status; its time moves only when its status does. */
export function setCondition(status: CrdStatus, wanted: Omit<CrdCondition, 'lastTransitionTime'>, nowMs: number): void {
  const conditions = [...(status.conditions ?? [])];
  const at = conditions.findIndex(({ type }) => type === wanted.type);
  const old = conditions[at];
  const moved = old === undefined || old.status !== wanted.status;
  const lastTransitionTime = moved ? formatTime(nowMs) : old.lastTransitionTime;
  const condition = { lastTransitionTime: lastTransitionTime ?? '', ...wanted };
  if (at < 0) conditions.push(condition);
  else conditions[at] = condition;
  status.conditions = conditions;
}

/** Is a condition true? */
export function isTrue(status: CrdStatus | undefined, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
}
