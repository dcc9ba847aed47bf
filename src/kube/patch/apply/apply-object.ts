import { badRequest, type KubeObject } from '#kube/api';
import { timestamp } from '#kube/api/values';
import { checkApplied } from './check-applied.ts';
import type { Changes } from './compare.ts';
import { appliedFields, compareObjects, defaultResetFields, type ObjectView } from './compare-objects.ts';
import { applyConflict, type Conflict } from './conflict.ts';
import { difference, EMPTY, intersection, isEmptySet, sameSet, union } from './field-set.ts';
import { type FieldType, fieldTypeOf } from './field-type.ts';
import { fieldsOfLastApplied, KUBECTL, updateLastApplied } from './last-applied.ts';
import { isSameManager, type Manager, writeManagers } from './managers.ts';
import { mergeValues } from './merge-values.ts';
import { reconcile } from './reconcile.ts';
import { removeItems, withNamedFields } from './remove-items.ts';
import { addChanges, allOf, managersOf, setManagedFields, type TrackedWrite, take } from './track-update.ts';

/** One server-side apply. */
export interface Apply extends TrackedWrite {
  /** All that the manager wants, and nothing else. It is only read. */
  readonly applied: KubeObject;
  /** Take conflicting fields from their managers? */
  readonly force: boolean;
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
  const view = checkedView(apply);
  const type = fieldTypeOf(apply.schema, apply.resolve);
  const before = managersBefore(apply, view, () => type);
  const merged = merge(apply, view, before);
  const changes = compareObjects(view, apply.live, merged.object);
  return finish(apply, view, before, merged, () => changes);
}

/** What the apply sees of objects. Throws a 400 for a configuration that cannot be applied. */
export function checkedView({ applied, schema, resolve, resetFields, subresource }: Apply): ObjectView {
  if (applied.metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  checkApplied(applied, schema, resolve);
  return { schema, resolve, resetFields: resetFields ?? defaultResetFields(subresource) };
}

/** The object of an apply with its managers. `changesOf` says what changed in the version of a manager. */
export function finish(
  apply: Apply,
  view: ObjectView,
  before: readonly Manager[],
  merged: { readonly object: KubeObject; readonly own: Manager },
  changesOf: (manager: Manager) => Changes | undefined,
): KubeObject {
  const managers = settle(apply, view, before, merged.own, changesOf);
  const object: KubeObject = { ...merged.object, metadata: { ...merged.object.metadata } };
  if (apply.manager === KUBECTL) updateLastApplied(object, apply.applied);
  setManagedFields(object, writeManagers(managers));
  return object;
}

/**
 * The managers that an apply begins with; those of versions without a type are gone. An object that nobody was tracked on belongs to
 * "before-first-apply".
 */
export function managersBefore(
  apply: Apply,
  view: ObjectView,
  typeOf: (apiVersion: string) => FieldType | undefined,
): readonly Manager[] {
  const { live } = apply;
  const managers = managersOf(live);
  if (managers.length > 0 || live === undefined) {
    return managers.flatMap((manager) => {
      const type = typeOf(manager.apiVersion);
      return type === undefined ? [] : [{ ...manager, fields: reconcile(type, manager.fields) }];
    });
  }
  return addChanges([], compareObjects(view, undefined, live), { ...apply, manager: BEFORE_FIRST_APPLY });
}

/** The manager that applies, with what it owns from now on. */
export function applierOf(apply: Apply, view: ObjectView): Manager {
  return {
    manager: apply.manager,
    operation: 'Apply',
    apiVersion: apply.apiVersion,
    subresource: apply.subresource,
    time: undefined,
    fields: appliedFields(view, apply.applied),
  };
}

/** The merged object and the manager with what it owns now. */
function merge(apply: Apply, view: ObjectView, before: readonly Manager[]): { object: KubeObject; own: Manager } {
  const { applied, schema, resolve } = apply;
  const type = fieldTypeOf(schema, resolve);
  const own = applierOf(apply, view);
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
  changesOf: (manager: Manager) => Changes | undefined,
): Manager[] {
  const last = before.find((manager) => isSameManager(manager, own));
  const others = before.filter((manager) => manager !== last);
  if (!apply.force) refuseConflicts(apply, view, others, changesOf);
  const isUnchanged = changesOf(own) === undefined && last !== undefined && sameSet(last.fields, own.fields);
  const time = isUnchanged ? last.time : timestamp(apply.nowMs);
  return [...others.flatMap((manager) => take([manager], allOf(changesOf(manager)))), { ...own, time }];
}

function refuseConflicts(
  apply: Apply,
  view: ObjectView,
  others: readonly Manager[],
  changesOf: (manager: Manager) => Changes | undefined,
): void {
  const conflicts = findConflicts(others, changesOf);
  if (conflicts.length === 0) return;
  if (apply.manager !== KUBECTL || apply.live === undefined) throw applyConflict(conflicts);
  const allowed = fieldsOfLastApplied(view, apply.live);
  const refused = conflicts
    .map((conflict) => ({ ...conflict, fields: difference(conflict.fields, allowed) }))
    .filter(({ fields }) => !isEmptySet(fields));
  if (refused.length > 0) throw applyConflict(refused);
}

function findConflicts(others: readonly Manager[], changesOf: (manager: Manager) => Changes | undefined): Conflict[] {
  return others
    .map((manager) => {
      const { added = EMPTY, modified = EMPTY } = changesOf(manager) ?? {};
      return { with: manager, fields: intersection(manager.fields, union(added, modified)) };
    })
    .filter(({ fields }) => !isEmptySet(fields));
}
