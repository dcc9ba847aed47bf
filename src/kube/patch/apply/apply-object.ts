import { badRequest, type KubeObject, type Schema, type SchemaResolver } from '#kube/api';
import { checkApplied } from './check-applied.ts';
import type { Changes } from './compare.ts';
import {
  appliedFields,
  compareObjects,
  defaultResetFields,
  type FieldPath,
  type ObjectView,
} from './compare-objects.ts';
import { applyConflict, type Conflict } from './conflict.ts';
import { difference, EMPTY, type FieldSet, intersection, isEmptySet, sameSet, union } from './field-set.ts';
import { fieldTypeOf } from './field-type.ts';
import { fieldsOfLastApplied, KUBECTL, updateLastApplied } from './last-applied.ts';
import { isSameManager, type Manager, timestamp, writeManagers } from './managers.ts';
import { mergeValues } from './merge-values.ts';
import { reconcile } from './reconcile.ts';
import { removeItems, withNamedFields } from './remove-items.ts';
import { addChanges, managersOf, setManagedFields, take } from './track-update.ts';

/** One server-side apply. */
export interface Apply {
  /** The object as it is; undefined: it is to be created. It is only read. */
  readonly live: KubeObject | undefined;
  /** All that the manager wants, and nothing else. It is only read. */
  readonly applied: KubeObject;
  readonly manager: string;
  /** Take conflicting fields from their managers? */
  readonly force: boolean;
  /** The version that the paths of the fields are of. */
  readonly apiVersion: string;
  /** '' is the main path. */
  readonly subresource: string;
  readonly nowMs: number;
  readonly schema: Schema;
  readonly resolve: SchemaResolver;
  /**
   * Fields that this path resets, so that it owns none of them. Default: the status on the main path, the spec on
   * `status`.
   */
  readonly resetFields?: readonly FieldPath[] | undefined;
}

/** The manager of what was there before anybody's fields were tracked. */
const BEFORE_FIRST_APPLY = 'before-first-apply';

/**
 * The object after an apply, with its managed fields: what the manager applies is merged in and belongs to it; what it
 * applied before, applies no more, and nobody else owns, is removed. Shares parts with both. Throws a 409 with a cause
 * for each field that another manager owns and that would change, unless `force` is set; a 400 for a configuration that
 * cannot be applied.
 */
export function applyObject(apply: Apply): KubeObject {
  const { live, applied, schema, resolve } = apply;
  if (applied.metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  checkApplied(applied, schema, resolve);
  const view = { schema, resolve, resetFields: apply.resetFields ?? defaultResetFields(apply.subresource) };
  const before = managersBefore(apply, view);
  const merged = merge(apply, view, before);
  const changes = compareObjects(view, live, merged.object);
  const managers = settle(apply, view, before, merged.own, changes);
  const object: KubeObject = { ...merged.object, metadata: { ...merged.object.metadata } };
  if (apply.manager === KUBECTL) updateLastApplied(object, applied);
  setManagedFields(object, writeManagers(managers));
  return object;
}

/** An object that nobody was tracked on belongs to "before-first-apply". */
function managersBefore(apply: Apply, view: ObjectView): readonly Manager[] {
  const { live } = apply;
  const managers = managersOf(live);
  if (managers.length > 0 || live === undefined) {
    const type = fieldTypeOf(apply.schema, apply.resolve);
    return managers.map((manager) => ({ ...manager, fields: reconcile(type, manager.fields) }));
  }
  return addChanges([], compareObjects(view, undefined, live), { ...apply, manager: BEFORE_FIRST_APPLY });
}

/** The merged object and the manager with what it owns now. */
function merge(apply: Apply, view: ObjectView, before: readonly Manager[]): { object: KubeObject; own: Manager } {
  const { applied, schema, resolve } = apply;
  const type = fieldTypeOf(schema, resolve);
  const own: Manager = {
    manager: apply.manager,
    operation: 'Apply',
    apiVersion: apply.apiVersion,
    subresource: apply.subresource,
    time: undefined,
    fields: appliedFields(view, applied),
  };
  const merged = mergeValues(type, apply.live, applied) as KubeObject;
  const last = before.find((manager) => isSameManager(manager, own));
  if (last === undefined) return { object: merged, own };
  if (sameSet(last.fields, own.fields)) return { object: merged, own: { ...own, time: last.time } };
  const everybody = before
    .filter((manager) => manager !== last)
    .reduce((all, { fields }) => union(all, fields), own.fields);
  const kept = withNamedFields(type, everybody);
  const gone = difference(withNamedFields(type, last.fields), kept);
  return { object: removeItems(type, merged, gone, kept) as KubeObject, own: { ...own, time: last.time } };
}

/** Who owns what after the apply; throws for conflicts that nobody allowed. */
function settle(
  apply: Apply,
  view: ObjectView,
  before: readonly Manager[],
  own: Manager,
  changes: Changes | undefined,
): Manager[] {
  const { added = EMPTY, modified = EMPTY, removed = EMPTY } = changes ?? {};
  const written = union(added, modified);
  const last = before.find((manager) => isSameManager(manager, own));
  const others = before.filter((manager) => manager !== last);
  if (!apply.force) refuseConflicts(apply, view, others, written);
  const isUnchanged = changes === undefined && last !== undefined && sameSet(last.fields, own.fields);
  const time = isUnchanged ? last.time : timestamp(apply.nowMs);
  return [...take(others, union(written, removed)), { ...own, time }];
}

function refuseConflicts(apply: Apply, view: ObjectView, others: readonly Manager[], written: FieldSet): void {
  const conflicts = findConflicts(others, written);
  if (conflicts.length === 0) return;
  if (apply.manager !== KUBECTL || apply.live === undefined) throw applyConflict(conflicts);
  const allowed = fieldsOfLastApplied(view, apply.live);
  const refused = conflicts
    .map((conflict) => ({ ...conflict, fields: difference(conflict.fields, allowed) }))
    .filter(({ fields }) => !isEmptySet(fields));
  if (refused.length > 0) throw applyConflict(refused);
}

function findConflicts(others: readonly Manager[], written: FieldSet): Conflict[] {
  return others
    .map((manager) => ({ with: manager, fields: intersection(manager.fields, written) }))
    .filter(({ fields }) => !isEmptySet(fields));
}
