import {
  addQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  subtractQuantities,
  ZERO,
} from '#kube/api/values';

/** Amounts by resource, exact. */
export type Usage = ReadonlyMap<string, Quantity>;

/** Reads a list of resources; texts that are no quantities count as nothing. */
export function readUsage(list: Readonly<Record<string, string>> | undefined): Map<string, Quantity> {
  const usage = new Map<string, Quantity>();
  for (const name of Object.keys(list ?? {})) usage.set(name, parseQuantity(list?.[name] ?? '') ?? ZERO);
  return usage;
}

/** What `a` is more than `b`, without what is the same in both. */
export function difference(a: Usage, b: Usage): Map<string, Quantity> {
  const left = new Map<string, Quantity>();
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const amount = subtractQuantities(a.get(name) ?? ZERO, b.get(name) ?? ZERO);
    if (amount.nanos !== 0n) left.set(name, amount);
  }
  return left;
}

/** One amount and what is added to it. */
export function sum(a: Quantity | undefined, b: Quantity | undefined): Quantity {
  return addQuantities(a ?? ZERO, b ?? ZERO);
}

/** `cpu=1,pods=2`, the names in order. */
export function formatUsage(usage: Usage, names: readonly string[]): string {
  return names.map((name) => `${name}=${formatQuantity(usage.get(name) ?? ZERO)}`).join(',');
}
