import { isJsonObject, type JsonObject, setOwn } from '../values.ts';
import { DEDUCED, type FieldType, type ListType } from './field-type.ts';
import { indexList } from './paths-of.ts';

/**
 * The live value with the applied one merged in: nothing goes, and where both have a leaf the applied one counts.
 * Nothing is changed in place.
 */
export function mergeValues(type: FieldType, live: unknown, applied: unknown): unknown {
  if (live === undefined || live === null) return applied;
  if ((type.kind === 'map' || type.kind === 'deduced') && isJsonObject(live) && isJsonObject(applied)) {
    return mergeMaps(type, live, applied);
  }
  if (type.kind === 'list' && Array.isArray(live) && Array.isArray(applied)) return mergeLists(type, live, applied);
  return applied;
}

function mergeMaps(type: FieldType, live: JsonObject, applied: JsonObject): JsonObject {
  const result: JsonObject = { ...live };
  for (const key of Object.keys(applied)) {
    const old = Object.hasOwn(live, key) ? live[key] : undefined;
    setOwn(result, key, mergeValues(typeOfKey(type, key), old, applied[key]));
  }
  return result;
}

function typeOfKey(type: FieldType, key: string): FieldType {
  if (type.kind !== 'map') return DEDUCED;
  return type.fields.get(key)?.type ?? type.values;
}

/** What the items of two lists are joined by. */
interface Joined {
  readonly liveElements: string[];
  readonly appliedElements: string[];
  readonly live: Map<string, unknown[]>;
  readonly applied: Map<string, unknown[]>;
}

/** Items that both have come in the applied order; the live list's others keep their places between them. */
function mergeLists(type: ListType, live: unknown[], applied: unknown[]): unknown[] {
  const [liveItems, appliedItems] = [indexList(type, live), indexList(type, applied)];
  if (liveItems === undefined || appliedItems === undefined) return applied;
  const elementOf = (item: unknown) => type.elementOf(item) as string;
  return interleave(type, live, {
    liveElements: live.map(elementOf),
    appliedElements: applied.map(elementOf),
    live: liveItems,
    applied: appliedItems,
  });
}

function interleave(type: ListType, live: unknown[], joined: Joined): unknown[] {
  const { liveElements, appliedElements } = joined;
  const shared = appliedElements.filter((element) => joined.live.has(element));
  const done = new Set<string>();
  const result: unknown[] = [];
  const takeApplied = (element: string): void => {
    const old = joined.live.get(element);
    const item = joined.applied.get(element)?.[0];
    // Duplicates of the live list give way to the applied item.
    result.push(mergeValues(type.items, old?.length === 1 ? old[0] : undefined, item));
    done.add(element);
    if (shared[0] === element) shared.shift();
  };
  let [l, a] = [0, 0];
  while (l < liveElements.length || a < appliedElements.length) {
    const [left, right] = [liveElements[l], appliedElements[a]];
    if (left !== undefined && left === right) {
      takeApplied(left);
      l++;
      a++;
    } else if (
      left !== undefined &&
      right !== undefined &&
      joined.applied.has(left) &&
      shared[0] !== undefined &&
      shared[0] !== left
    ) {
      l++;
    } else if (left !== undefined && !joined.applied.has(left)) {
      result.push(live[l++]);
    } else {
      if (left !== undefined && done.has(left)) l++;
      if (right !== undefined) {
        takeApplied(right);
        a++;
      }
    }
  }
  return result;
}
