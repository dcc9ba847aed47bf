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
