import { union } from './field-set.ts';
import { isSameManager, type Manager } from './managers.ts';

/** As many managers by Update as an object may have. */
const MAX_UPDATERS = 10;
/** Who gets the fields of the oldest. */
const ANCIENT = 'ancient-changes';

/**
 * Merges the oldest managers by Update of one version into one, until there are at most ten. Appliers are never merged.
 */
export function capUpdaters(managers: readonly Manager[]): readonly Manager[] {
  const updaters = managers.filter(({ operation }) => operation === 'Update');
  if (updaters.length <= MAX_UPDATERS) return managers;
  updaters.sort(compareAge);
  let left = [...managers];
  let surplus = updaters.length - MAX_UPDATERS;
  const firstOfVersion = new Map<string, Manager>();
  for (const updater of updaters) {
    if (surplus <= 0) break;
    const first = firstOfVersion.get(updater.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(updater.apiVersion, updater);
      continue;
    }
    const bucket = { ...updater, manager: ANCIENT, subresource: '' };
    const present = left.find((manager) => isSameManager(manager, bucket)) ?? first;
    left = left.filter((manager) => manager !== present && manager !== updater);
    left.push({ ...bucket, fields: union(updater.fields, present.fields) });
    surplus--;
  }
  return left;
}

function compareAge(a: Manager, b: Manager): number {
  const [left, right] = [a.time ?? '', b.time ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return a.manager < b.manager ? -1 : a.manager > b.manager ? 1 : 0;
}
