import { badRequest, type Schema, type SchemaResolver } from '#kube/api';
import { isJsonObject, type JsonObject, setOwn } from '../values.ts';
import {
  DELETE_FROM_PRIMITIVE_LIST,
  listOf,
  RETAIN_KEYS,
  replacementOf,
  retainKeys,
  SET_ELEMENT_ORDER,
  withoutDirectives,
} from './directives.ts';
import { badArgument } from './errors.ts';
import { deleteScalars, mergeList } from './merge-list.ts';
import { type FieldPlan, planOf } from './metadata.ts';
import { identityOf, orderItems, Positions } from './order.ts';

/**
 * Applies a strategic merge patch to an object: as a merge patch, but lists merge by the keys that the schema names
 * (`x-kubernetes-patch-strategy`, `x-kubernetes-patch-merge-key`), and the directives `$patch`, `$retainKeys`,
 * `$setElementOrder/<list>` and `$deleteFromPrimitiveList/<list>` count. Nothing is changed in place; the result shares
 * parts with both. Throws a 400 or 422 in upstream's words.
 */
export function strategicMerge(original: unknown, patch: unknown, schema: Schema, resolve: SchemaResolver): unknown {
  if (!isJsonObject(patch)) throw badRequest('a strategic merge patch must be an object');
  return new StrategicMerge(resolve).map(isJsonObject(original) ? original : {}, patch, resolve(schema));
}

class StrategicMerge {
  readonly #resolve: SchemaResolver;

  constructor(resolve: SchemaResolver) {
    this.#resolve = resolve;
  }

  map(original: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
    const replacement = replacementOf(patch);
    if (replacement !== undefined) return replacement;
    const result = { ...original };
    retainKeys(result, patch);
    const ordered = this.#orderLists(result, patch, schema);
    for (const key of Object.keys(patch)) {
      if (key === RETAIN_KEYS || key.startsWith(SET_ELEMENT_ORDER) || ordered.has(key)) continue;
      if (key.startsWith(DELETE_FROM_PRIMITIVE_LIST)) this.#deleteScalars(result, patch, key);
      else this.#field(result, key, patch[key], schema);
    }
    return result;
  }

  #field(result: JsonObject, key: string, value: unknown, schema: Schema | undefined): void {
    if (value === null) delete result[key];
    else if (!Object.hasOwn(result, key)) setOwn(result, key, withoutDirectives(value));
    else setOwn(result, key, this.#value(result[key], value, planOf(schema, key, this.#resolve)));
  }

  #value(original: unknown, patch: unknown, plan: FieldPlan): unknown {
    if (isJsonObject(original) && isJsonObject(patch)) {
      return plan.strategy === 'replace' ? withoutDirectives(patch) : this.map(original, patch, plan.schema);
    }
    if (Array.isArray(original) && Array.isArray(patch)) return this.#list(original, patch, plan);
    return isJsonObject(patch) || Array.isArray(patch) ? withoutDirectives(patch) : patch;
  }

  #list(original: unknown[], patch: unknown[], plan: FieldPlan): unknown[] {
    if (plan.strategy !== 'merge') return patch;
    return mergeList(original, patch, plan.mergeKey, plan.items, (left, right, schema) =>
      this.map(left, right, schema),
    );
  }

  #deleteScalars(result: JsonObject, patch: JsonObject, key: string): void {
    const list = listOf(key, DELETE_FROM_PRIMITIVE_LIST);
    const gone = patch[key];
    if (!Array.isArray(gone)) throw badRequest('invalid patch format of primitive list');
    if (!Object.hasOwn(result, list)) return;
    const live = result[list];
    if (!Array.isArray(live)) throw badArgument('slice', live);
    setOwn(result, list, deleteScalars(live, gone));
  }

  /** Merges and orders the lists that have a `$setElementOrder`; answers the fields that are thereby done. */
  #orderLists(result: JsonObject, patch: JsonObject, schema: Schema | undefined): Set<string> {
    const done = new Set<string>();
    for (const key of Object.keys(patch)) {
      if (!key.startsWith(SET_ELEMENT_ORDER)) continue;
      const list = listOf(key, SET_ELEMENT_ORDER);
      if (!Object.hasOwn(patch, list) && !Object.hasOwn(result, list)) continue;
      if (patch[list] === null) continue;
      setOwn(result, list, this.#ordered(result, patch, list, patch[key], planOf(schema, list, this.#resolve)));
      done.add(list);
    }
    return done;
  }

  #ordered(result: JsonObject, patch: JsonObject, list: string, order: unknown, plan: FieldPlan): unknown[] {
    if (!Array.isArray(order)) throw badArgument('slice', order);
    const live = listIn(result, list);
    const changes = listIn(patch, list);
    checkOrder(changes ?? [], order, plan.mergeKey);
    let merged = live ?? [];
    if (changes !== undefined) {
      merged = live === undefined ? (withoutDirectives(changes) as unknown[]) : this.#list(live, changes, plan);
    }
    return orderItems(merged, order, live ?? [], plan.mergeKey);
  }
}

function listIn(object: JsonObject, field: string): unknown[] | undefined {
  if (!Object.hasOwn(object, field)) return undefined;
  const list = object[field];
  if (Array.isArray(list)) return list;
  throw badArgument('slice', list);
}

/** What the patch says of the list must be in its `$setElementOrder`, in that order; deletions need not. */
function checkOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  const positions = new Positions(order, mergeKey);
  let last = -1;
  for (const item of patch) {
    if (isJsonObject(item) && Object.hasOwn(item, '$patch')) continue;
    const at = positions.of(identityOf(item, mergeKey));
    if (at < last || at < 0) {
      throw badRequest(
        `The order in patch list:\n${JSON.stringify(patch)}\n doesn't match setElementOrder list:\n${JSON.stringify(order)}\n`,
      );
    }
    last = at;
  }
}
