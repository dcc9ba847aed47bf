import type { KubeObject } from '../../object.ts';
import { type FieldErrors, STATUS, validateNonnegative } from '../../values/mod.ts';

/** The numbers of a workload's status. */
export type StatusCounts = Readonly<Record<string, number | undefined>>;

/** The status of a workload, as numbers; the conditions in it are none of them. */
function countsOf(object: KubeObject): StatusCounts {
  return (object.status ?? {}) as StatusCounts;
}

/** One number of the status, 0 where it is absent. */
export function statusCount(object: KubeObject, field: string): number {
  return countsOf(object)[field] ?? 0;
}

/** Complains of counts below zero, of parts that are more than the whole, and of a collision count that goes back. */
export function validateStatusCounts(
  object: KubeObject,
  old: KubeObject,
  rules: { readonly counts: readonly string[]; readonly partsOfReplicas?: readonly string[] },
  errors: FieldErrors,
): void {
  const status = countsOf(object);
  for (const field of rules.counts) validateNonnegative(status[field], STATUS.child(field), errors);
  const replicas = status.replicas ?? 0;
  for (const field of rules.partsOfReplicas ?? []) {
    const count = status[field] ?? 0;
    if (count > replicas) errors.invalid(STATUS.child(field), count, 'cannot be greater than status.replicas');
  }
  validateAvailable(status, errors);
  const collisions = status.collisionCount ?? 0;
  if (collisions < statusCount(old, 'collisionCount'))
    errors.invalid(STATUS.child('collisionCount'), collisions, 'cannot be decremented');
}

function validateAvailable({ availableReplicas = 0, readyReplicas = 0 }: StatusCounts, errors: FieldErrors): void {
  if (availableReplicas <= readyReplicas) return;
  errors.invalid(STATUS.child('availableReplicas'), availableReplicas, 'cannot be greater than readyReplicas');
}
