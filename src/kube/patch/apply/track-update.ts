import type { KubeObject, ManagedFieldsEntry, Schema, SchemaResolver } from '#kube/api';
import { timestamp } from '#kube/api/values';
import { isJsonObject, type JsonObject, jsonEqual } from '../values.ts';
import { capUpdaters } from './cap-updaters.ts';
import type { Changes } from './compare.ts';
import { compareObjects, defaultResetFields, type FieldPath } from './compare-objects.ts';
import { difference, EMPTY, type FieldSet, isEmptySet, union } from './field-set.ts';
import { isSameManager, type Manager, readManagers, writeManagers } from './managers.ts';

/** What managed fields must know of a write. */
export interface TrackedWrite {
  /** The object as it is; undefined: it is to be created. It is only read. */
  readonly live: KubeObject | undefined;
  /** Who does it: the request's `fieldManager`, or its program. */
  readonly manager: string;
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

/** A create, update or patch that has made its object. */
export interface UpdateToTrack extends TrackedWrite {
  /** The object to store; its managed fields are set. */
  readonly updated: KubeObject;
}

/**
 * Sets `updated.metadata.managedFields` after a write that isn't an apply: what changed belongs to the manager, by
 * operation Update, and to nobody else any more. Managed fields in `updated` that the client sent count if they are
 * valid, so that clients may edit them; a list of one empty entry resets them; otherwise those of `live` go on.
 */
export function trackUpdate(update: UpdateToTrack): void {
  const { live, updated } = update;
  const before = managersBeforeUpdate(update);
  const view = { ...update, resetFields: update.resetFields ?? defaultResetFields(update.subresource) };
  const managers = addChanges(before, compareObjects(view, live, updated), update);
  setManagedFields(updated, writeManagers(capUpdaters(managers)));
}

/** What is to stand in an object's managed fields: nothing at all rather than an empty list. */
export function setManagedFields({ metadata }: KubeObject, entries: ManagedFieldsEntry[] | undefined): void {
  if (entries === undefined) delete metadata.managedFields;
  else metadata.managedFields = entries;
}

/** The managers of an object. Invalid entries, which only other tools can have stored, count as none. */
export function managersOf(object: KubeObject | undefined): readonly Manager[] {
  return readManagers(object?.metadata.managedFields, 'stored') ?? [];
}

/** The managers that a write begins with. */
export function managersBeforeUpdate({ live, updated, subresource }: UpdateToTrack): readonly Manager[] {
  const sent: unknown = updated.metadata.managedFields;
  if (subresource !== '' || sent === undefined || jsonEqual(sent, live?.metadata.managedFields))
    return managersOf(live);
  if (isReset(sent)) return [];
  const managers = readManagers(sent, 'client');
  return managers === undefined || managers.length === 0 ? managersOf(live) : managers;
}

function isReset(entries: unknown): boolean {
  if (!Array.isArray(entries) || entries.length !== 1) return false;
  const [entry] = entries as unknown[];
  return isJsonObject(entry) && Object.keys(entry as JsonObject).length === 0;
}

/** The managers after a change: they lose what changed or went, and the one who did it gets what changed or came. */
export function addChanges(
  before: readonly Manager[],
  changes: Changes | undefined,
  by: Pick<UpdateToTrack, 'manager' | 'apiVersion' | 'subresource' | 'nowMs'>,
): readonly Manager[] {
  if (changes === undefined) return before;
  return addGained(take(before, allOf(changes)), changes, by);
}

/** All that changed in some way. */
export function allOf({ added = EMPTY, modified = EMPTY, removed = EMPTY }: Partial<Changes> = {}): FieldSet {
  return union(union(added, modified), removed);
}

/** The managers with what one of them has gained by a change. */
export function addGained(
  managers: readonly Manager[],
  { added = EMPTY, modified = EMPTY }: Partial<Changes>,
  by: Pick<UpdateToTrack, 'manager' | 'apiVersion' | 'subresource' | 'nowMs'>,
): readonly Manager[] {
  const gained = union(added, modified);
  if (isEmptySet(gained)) return managers;
  const own: Manager = {
    manager: by.manager === '' ? 'unknown' : by.manager,
    operation: 'Update',
    apiVersion: by.apiVersion,
    subresource: by.subresource,
    time: timestamp(by.nowMs),
    fields: gained,
  };
  const previous = managers.find((manager) => isSameManager(manager, own));
  if (previous === undefined) return [...managers, own];
  const merged = { ...own, fields: union(previous.fields, gained) };
  return managers.map((manager) => (manager === previous ? merged : manager));
}

/** The managers without some fields; those who have none left are gone. */
export function take(managers: readonly Manager[], fields: FieldSet): Manager[] {
  const left: Manager[] = [];
  for (const manager of managers) {
    const kept = difference(manager.fields, fields);
    if (kept === manager.fields) left.push(manager);
    else if (!isEmptySet(kept)) left.push({ ...manager, fields: kept });
  }
  return left;
}
