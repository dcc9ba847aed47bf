import type { KubeObject, Schema } from '#kube/api';
import { type Apply, applierOf, checkedView, finish, managersBefore } from './apply-object.ts';
import { capUpdaters } from './cap-updaters.ts';
import type { Changes } from './compare.ts';
import { compareObjects, defaultResetFields, type ObjectView } from './compare-objects.ts';
import { difference, EMPTY, type FieldSet, intersection, sameSet, union } from './field-set.ts';
import { type FieldType, fieldTypeOf } from './field-type.ts';
import { isSameManager, type Manager, writeManagers } from './managers.ts';
import { mergeValues } from './merge-values.ts';
import { pathsOf } from './paths-of.ts';
import { removeItems, withNamedFields } from './remove-items.ts';
import {
  addGained,
  allOf,
  managersBeforeUpdate,
  managersOf,
  setManagedFields,
  take,
  type UpdateToTrack,
} from './track-update.ts';

/** An object in one version of its kind. */
export interface Versioned {
  readonly object: KubeObject;
  readonly schema: Schema;
}

/** Shows an object in another version; undefined: nobody serves that version. The object stays as it is. */
export type InVersion = (object: KubeObject, apiVersion: string) => Promise<Versioned | undefined>;

/** Has somebody written the object in another version than this? Then `trackUpdate` and `applyObject` are not enough. */
export function isOfOtherVersions(object: KubeObject | undefined, apiVersion: string): boolean {
  const entries: unknown = object?.metadata.managedFields;
  if (!Array.isArray(entries)) return false;
  return entries.some((entry: unknown) => (entry as { apiVersion?: unknown } | null)?.apiVersion !== apiVersion);
}

/**
 * `trackUpdate` where versions differ: what changed is found for each manager in the version that he wrote in, and the one who writes now
 * gets an entry in his own. `live` and `updated` may be in any version. Managers of versions that are no longer served are gone.
 */
export async function trackAcrossVersions(update: UpdateToTrack, inVersion: InVersion): Promise<void> {
  const { apiVersion, updated } = update;
  const before = managersBeforeUpdate(update);
  const changes = await changesIn(update, updated, [apiVersion, ...before.map((one) => one.apiVersion)], inVersion);
  const left = before.flatMap((manager) => {
    const known = changes.get(manager.apiVersion);
    return known === undefined ? [] : take([manager], allOf(known.changes));
  });
  const managers = addGained(left, changes.get(apiVersion)?.changes ?? {}, update);
  setManagedFields(updated, writeManagers(capUpdaters(managers)));
}

interface InOneVersion {
  readonly type: FieldType;
  readonly changes: Changes | undefined;
}

/** What changed from `live` to `next`, as each version shows it. */
async function changesIn(
  {
    live,
    resolve,
    subresource,
    resetFields = defaultResetFields(subresource),
  }: Pick<UpdateToTrack, 'live' | 'resolve' | 'subresource' | 'resetFields'>,
  next: KubeObject,
  versions: readonly string[],
  inVersion: InVersion,
): Promise<Map<string, InOneVersion>> {
  const found = new Map<string, InOneVersion>();
  for (const version of new Set(versions)) {
    const after = await inVersion(next, version);
    const before = live === undefined ? undefined : await inVersion(live, version);
    if (after === undefined || (live !== undefined && before === undefined)) continue;
    const view: ObjectView = { schema: after.schema, resolve, resetFields };
    const changes = compareObjects(view, before?.object, after.object);
    found.set(version, { type: fieldTypeOf(after.schema, resolve), changes });
  }
  return found;
}

/**
 * `applyObject` where versions differ. `live` and `applied` are in `apply.apiVersion`, which is also that of the answer; what the manager
 * applies no more goes, unless somebody owns it in whichever version.
 */
export async function applyAcrossVersions(apply: Apply, inVersion: InVersion): Promise<KubeObject> {
  const { live, applied } = apply;
  const view = checkedView(apply);
  const types = await typesOf(apply, inVersion);
  const before = managersBefore(apply, view, (apiVersion) => types.get(apiVersion));
  const own = applierOf(apply, view);
  const last = before.find((manager) => isSameManager(manager, own));
  let object = mergeValues(fieldTypeOf(apply.schema, apply.resolve), live, applied) as KubeObject;
  if (last !== undefined && !isTheSame(last, own)) {
    const owners = [...before.filter((manager) => manager !== last), own];
    object = await pruned(object, last, owners, apply, inVersion);
  }
  const versions = [apply.apiVersion, ...before.map(({ apiVersion }) => apiVersion)];
  const changes = await changesIn({ ...apply, live }, object, versions, inVersion);
  const merged = { object, own: { ...own, time: last?.time } };
  return finish(apply, view, before, merged, ({ apiVersion }) => changes.get(apiVersion)?.changes);
}

function isTheSame(a: Manager, b: Manager): boolean {
  return a.apiVersion === b.apiVersion && sameSet(a.fields, b.fields);
}

async function typesOf(
  { live, schema, apiVersion, resolve }: Apply,
  inVersion: InVersion,
): Promise<Map<string, FieldType>> {
  const types = new Map([[apiVersion, fieldTypeOf(schema, resolve)]]);
  if (live === undefined) return types;
  for (const manager of managersOf(live)) {
    const shown = types.has(manager.apiVersion) ? undefined : await inVersion(live, manager.apiVersion);
    if (shown !== undefined) types.set(manager.apiVersion, fieldTypeOf(shown.schema, resolve));
  }
  return types;
}

/** An object in a version, whole and without what is to go. */
interface Pruning {
  readonly apiVersion: string;
  readonly type: FieldType;
  readonly whole: KubeObject;
  readonly pruned: KubeObject;
}

/**
 * The object without what `last` owned and nobody of `owners` does. What is owned is added back version by version, that of the last apply
 * first: conversions may need what somebody owns.
 */
async function pruned(
  object: KubeObject,
  last: Manager,
  owners: readonly Manager[],
  { resolve, apiVersion }: Apply,
  inVersion: InVersion,
): Promise<KubeObject> {
  const first = await inVersion(object, last.apiVersion);
  if (first === undefined) return object;
  const type = fieldTypeOf(first.schema, resolve);
  const kept = withNamedFields(type, ownedIn(last.apiVersion, owners));
  const gone = difference(withNamedFields(type, last.fields), kept);
  const start = { apiVersion: last.apiVersion, type, whole: first.object };
  let state: Pruning = { ...start, pruned: removeItems(type, first.object, gone, kept) as KubeObject };
  for (const version of new Set(owners.map((owner) => owner.apiVersion))) {
    if (version !== last.apiVersion) state = await addedBack(state, version, owners, resolve, inVersion);
  }
  const back = await inVersion(state.pruned, last.apiVersion);
  const result = back === undefined ? first.object : withoutDangling(type, first.object, back.object, last);
  return (await inVersion(result, apiVersion))?.object ?? object;
}

/** Adds back what is owned in a version. */
async function addedBack(
  state: Pruning,
  apiVersion: string,
  owners: readonly Manager[],
  resolve: Apply['resolve'],
  inVersion: InVersion,
): Promise<Pruning> {
  const whole = await inVersion(state.whole, apiVersion);
  const cut = await inVersion(state.pruned, apiVersion);
  if (whole === undefined || cut === undefined) return state;
  const type = fieldTypeOf(whole.schema, resolve);
  const kept = withNamedFields(type, ownedIn(apiVersion, owners));
  const gone = difference(lost(type, whole.object, cut.object), kept);
  const left = removeItems(type, whole.object, gone, union(kept, fieldsOf(type, cut.object))) as KubeObject;
  return { apiVersion, type, whole: whole.object, pruned: left };
}

/** Takes away what went and was the manager's; what others may only have left over, stays. */
function withoutDangling(type: FieldType, whole: KubeObject, cut: KubeObject, last: Manager): KubeObject {
  const gone = intersection(lost(type, whole, cut), withNamedFields(type, last.fields));
  return removeItems(type, whole, gone, withNamedFields(type, fieldsOf(type, cut))) as KubeObject;
}

function lost(type: FieldType, whole: KubeObject, cut: KubeObject): FieldSet {
  return difference(withNamedFields(type, fieldsOf(type, whole)), withNamedFields(type, fieldsOf(type, cut)));
}

function fieldsOf(type: FieldType, object: KubeObject): FieldSet {
  return pathsOf(type, object, 'applied', false, false) ?? EMPTY;
}

function ownedIn(apiVersion: string, owners: readonly Manager[]): FieldSet {
  return owners
    .filter((owner) => owner.apiVersion === apiVersion)
    .reduce((all, { fields }) => union(all, fields), EMPTY);
}
