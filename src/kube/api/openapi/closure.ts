import { definition } from '../schema/mod.ts';
import type { Schema } from '../schema.ts';

/** The names of `roots` and of all built-in definitions that they lead to, sorted. */
export function closure(roots: Iterable<string>): string[] {
  const found = new Set<string>();
  const waiting = [...roots];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    for (const reference of references(definition(name))) waiting.push(reference);
  }
  return [...found].sort();
}

/**
 * The names that stand in `$ref`s of a schema. Built-in schemas are as deep as their lists and maps; CRDs have none.
 */
function* references(schema: Schema): Generator<string> {
  if (schema.$ref !== undefined) yield schema.$ref;
  for (const field of Object.values(schema.properties ?? {})) yield* references(field);
  if (schema.items !== undefined) yield* references(schema.items);
  if (typeof schema.additionalProperties === 'object') yield* references(schema.additionalProperties);
}
