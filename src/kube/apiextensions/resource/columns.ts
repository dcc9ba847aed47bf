import type { Cell, Column } from '#kube/api';
import { humanAge } from '#kube/api/values';
import { isRawNumber } from '#kube/codec';
import type { CrdVersion, PrinterColumn } from '../types.ts';
import { compileJsonPath } from './json-path.ts';

/** What `kubectl get` shows of objects whose CRD names no columns. */
const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed ' +
    'to be set in happens-before order across separate operations.',
  jsonPath: '.metadata.creationTimestamp',
};

/** The columns of a version's Table, after the name. */
export function columnsOf({ additionalPrinterColumns: columns = [] }: CrdVersion): Column[] {
  return (columns.length === 0 ? [AGE] : columns).map(columnOf);
}

function columnOf({ name, type, format, description = '', priority = 0, jsonPath }: PrinterColumn): Column {
  const path = compileJsonPath(jsonPath);
  return {
    name,
    type: type as Column['type'],
    ...(format === undefined || format === '' ? {} : { format: format as NonNullable<Column['format']> }),
    description:
      description === '' ? `Custom resource definition column (in JSONPath format): ${jsonPath}` : description,
    priority,
    cell: (object, nowMs) => cellOf(type, path(object)[0], nowMs),
  };
}

function cellOf(type: string, value: unknown, nowMs: number): Cell {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageOf(value, nowMs) : null;
    default:
      return textOf(value);
  }
}

function ageOf(time: string, nowMs: number): string {
  return Number.isNaN(Date.parse(time)) ? '<invalid>' : String(humanAge(time, nowMs));
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return isRawNumber(value) ? value.rawJSON : JSON.stringify(value);
}
