import type { Changes } from './compare.ts';

/** How many shapes are remembered, and how long they may be: together some megabytes at most. */
const MAX_SHAPES = 512;
const MAX_SHAPE_CHARS = 4096;

/** By shape (see `shapeOf`), the oldest first. */
const known = new Map<string, Changes>();

/**
 * The changes that make an object of this shape out of nothing; `make` is asked for shapes that are new. Most objects are made after a
 * pattern, thousands of the same shape: they share one set, which is frozen.
 */
export function changesOfShape(shape: string, make: () => Changes | undefined): Changes | undefined {
  if (shape.length > MAX_SHAPE_CHARS) return make();
  const found = known.get(shape);
  if (found !== undefined) return found;
  const changes = frozen(make());
  if (changes === undefined) return undefined;
  if (known.size >= MAX_SHAPES) known.delete(known.keys().next().value as string);
  known.set(shape, changes);
  return changes;
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) frozen(child);
  return Object.freeze(value);
}
