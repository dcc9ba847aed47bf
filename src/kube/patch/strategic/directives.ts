import { badRequest } from '#kube/api';
import { unprocessable } from '../unprocessable.ts';
import { getOwn, isJsonObject, type JsonObject, setOwn } from '../values.ts';
import { unknownPatchType } from './errors.ts';

/** Says what to do with the map or list that it stands in: `replace`, `delete` or `merge`. */
export const PATCH = '$patch';
/** Names the fields of a union that stay. */
export const RETAIN_KEYS = '$retainKeys';
/** `$setElementOrder/containers` beside `containers`: the order that the client wants. */
export const SET_ELEMENT_ORDER = '$setElementOrder/';
/** `$deleteFromPrimitiveList/finalizers` beside `finalizers`: scalars that go. */
export const DELETE_FROM_PRIMITIVE_LIST = '$deleteFromPrimitiveList/';

/** Is it one of the directives of strategic merge patches? */
function isDirective(key: string): boolean {
  return (
    key === PATCH ||
    key === RETAIN_KEYS ||
    key.startsWith(SET_ELEMENT_ORDER) ||
    key.startsWith(DELETE_FROM_PRIMITIVE_LIST)
  );
}

/** The name of the list that a directive is about. */
export function listOf(key: string, prefix: string): string {
  const name = key.slice(prefix.length);
  if (name === '') throw badRequest(`invalid patch format of ${prefix.slice(1, -1)} list`);
  return name;
}

/** The map that takes the place of the original where the patch says `$patch: replace` or `delete`. */
export function replacementOf(patch: JsonObject): JsonObject | undefined {
  if (!Object.hasOwn(patch, PATCH)) return undefined;
  const { [PATCH]: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw unknownPatchType(directive, patch);
}

/** Removes from `original` what `$retainKeys` doesn't name. Every field that the patch sets must be named. */
export function retainKeys(original: JsonObject, patch: JsonObject): void {
  const kept = getOwn(patch, RETAIN_KEYS);
  if (kept === undefined) return;
  if (!Array.isArray(kept)) throw badRequest('invalid patch format of retainKeys');
  for (const key of Object.keys(patch)) {
    if (patch[key] === null || isDirective(key) || kept.includes(key)) continue;
    throw unprocessable("patch content doesn't match retainKeys list");
  }
  for (const key of Object.keys(original)) if (!kept.includes(key)) delete original[key];
}

/**
 * A value of a patch that is new to the original: without directives, without nulls, without list items that are
 * deletions.
 */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isDeletion(item)).map(withoutDirectives);
  if (!isJsonObject(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    if (value[key] !== null && !isDirective(key)) setOwn(result, key, withoutDirectives(value[key]));
  }
  return result;
}

function isDeletion(item: unknown): boolean {
  return isJsonObject(item) && Object.hasOwn(item, PATCH);
}
