import { badRequest, type Schema } from '#kube/api';
import { isJsonObject, type JsonObject } from '../values.ts';
import { PATCH, withoutDirectives } from './directives.ts';
import { badArgument, unknownPatchType } from './errors.ts';
import { identityOf, orderItems, Positions } from './order.ts';

/** Merges two items of one identity. */
export type MergeItems = (original: JsonObject, patch: JsonObject, schema: Schema | undefined) => JsonObject;

/** A list with the patch's items merged in by their merge key; scalars are united. */
export function mergeList(
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
  items: Schema | undefined,
  mergeItems: MergeItems,
): unknown[] {
  if (original.length === 0 && patch.length === 0) return [];
  if (!isJsonObject(original[0] ?? patch[0])) return mergeScalars(original, patch);
  if (mergeKey === '') throw badRequest('cannot merge lists without merge key');
  const { kept, rest } = runDirectives(original, patch, mergeKey);
  const merged = [...kept];
  const positions = new Positions(merged, mergeKey);
  const added = new Map<unknown, number>();
  for (const item of rest) {
    const identity = identityOf(item, mergeKey);
    const at = added.get(identity) ?? positions.of(identity);
    if (at >= 0) merged[at] = mergeItems(merged[at] as JsonObject, item, items);
    else added.set(identity, merged.push(withoutDirectives(item)) - 1);
  }
  return orderItems(merged, rest, kept, mergeKey);
}

/** The live list without the scalars that `$deleteFromPrimitiveList` names. */
export function deleteScalars(original: readonly unknown[], gone: readonly unknown[]): unknown[] {
  const names = new Set(gone);
  return original.filter((item) => !names.has(item));
}

function mergeScalars(original: readonly unknown[], patch: readonly unknown[]): unknown[] {
  if (patch.some((item) => isJsonObject(item))) throw badArgument('scalar', {});
  return orderItems([...new Set([...original, ...patch])], patch, original, '');
}

/** Carries out `$patch: delete` and `$patch: replace` items; answers what stays of the live list and of the patch. */
function runDirectives(
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
): { kept: readonly unknown[]; rest: JsonObject[] } {
  const rest: JsonObject[] = [];
  const deleted: unknown[] = [];
  let replaces = false;
  for (const item of patch) {
    if (!isJsonObject(item)) throw badArgument('map', item);
    if (!Object.hasOwn(item, PATCH)) rest.push(item);
    else if (item[PATCH] === 'delete') deleted.push({ [mergeKey]: identityOf(item, mergeKey) });
    else if (item[PATCH] === 'replace') replaces = true;
    else if (item[PATCH] === 'merge') throw badRequest('merging lists cannot yet be specified in the patch');
    else throw unknownPatchType(item[PATCH], item);
  }
  if (replaces) return { kept: [], rest };
  if (deleted.length === 0) return { kept: original, rest };
  const gone = new Positions(deleted, mergeKey);
  return { kept: original.filter((item) => gone.of(identityOf(item, mergeKey)) < 0), rest };
}
