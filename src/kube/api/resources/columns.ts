import type { KubeObject } from '../object.ts';
import type { Cell, Column } from '../resource.ts';
import { humanAge } from '../values/mod.ts';

type CellOf = (object: KubeObject, nowMs: number) => Cell;

/** A column of text; priority 1 shows it with `-o wide` only. */
export function textColumn(name: string, description: string, cell: CellOf, priority = 0): Column {
  return { name, type: 'string', description, priority, cell };
}

/** A column of whole numbers. */
export function integerColumn(name: string, description: string, cell: CellOf, priority = 0): Column {
  return { name, type: 'integer', description, priority, cell };
}

/** How long ago the object was created. */
export const AGE_COLUMN: Column = textColumn('Age', 'Time since the object was created.', (object, nowMs) =>
  humanAge(object.metadata.creationTimestamp, nowMs),
);

/** A column of `true` and `false`. */
export function booleanColumn(name: string, description: string, cell: CellOf): Column {
  return { name, type: 'boolean', description, priority: 0, cell };
}

/** When the object was created: the one column of kinds that have none of their own. */
export const CREATED_AT_COLUMN: Column = {
  name: 'Created At',
  type: 'date',
  description: 'When the object was created.',
  priority: 0,
  cell: ({ metadata }) => metadata.creationTimestamp ?? null,
};

/** The first texts of a list: `a,b,c + 2 more...`; `none` for an empty one. */
export function firstFew(texts: readonly string[], max: number, none: string): string {
  if (texts.length === 0) return none;
  const shown = texts.slice(0, max).join(',');
  return texts.length > max ? `${shown} + ${texts.length - max} more...` : shown;
}
