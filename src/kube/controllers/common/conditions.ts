import type { Shared } from '#kube/api';
import { formatTime } from '#kube/api/values';

/** A condition of a workload's status. */
export interface StatusCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string | null;
}

type Conditions = readonly Shared<StatusCondition>[] | undefined;

/** The condition of a type. */
export function conditionOf(conditions: Conditions, type: string): Shared<StatusCondition> | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Is there a condition of this type, with status `True`? */
export function hasCondition(conditions: Conditions, type: string): boolean {
  return conditionOf(conditions, type)?.status === 'True';
}

/** The list with this condition in it: the time moves with the status only. The same list when nothing changes. */
export function withCondition(
  conditions: Conditions,
  condition: Omit<StatusCondition, 'lastTransitionTime'>,
  nowMs: number,
): readonly Shared<StatusCondition>[] {
  const old = conditionOf(conditions, condition.type);
  const { status, reason = '', message = '' } = condition;
  if (old !== undefined && old.status === status && (old.reason ?? '') === reason && (old.message ?? '') === message)
    return conditions ?? [];
  const lastTransitionTime = old?.status === status ? old.lastTransitionTime : formatTime(nowMs);
  const next = { ...condition, lastTransitionTime };
  if (old === undefined) return [...(conditions ?? []), next];
  return (conditions ?? []).map((other) => (other === old ? next : other));
}

/** The list without the conditions of a type. */
export function withoutCondition(conditions: Conditions, type: string): readonly Shared<StatusCondition>[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}
