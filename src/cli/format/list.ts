/** Lists of objects for --format: a table, a table of the user's columns, JSON lines, or a template. */
import { CliError } from '../errors.ts';
import { goJson } from './functions.ts';
import { alignColumns } from './table.ts';
import { Template } from './template.ts';

/** One field of a row: its heading and how to get it. A function as the result is a method for templates. */
export interface Column<T> {
  heading: string;
  value: (item: T) => unknown;
}

export type Columns<T> = Readonly<Record<string, Column<T>>>;

export interface ListOptions<T> {
  /** What --format said; '' for the default. */
  format: string;
  /** The template of the default table, such as `table {{.ID}}\t{{.Name}}`. */
  table: string;
  columns: Columns<T>;
}

/** The text of a list. Throws CliError for a bad template. */
export function renderList<T>(items: readonly T[], options: ListOptions<T>): string {
  const format = options.format === '' || options.format === 'table' ? options.table : expandEscapes(options.format);
  if (format === 'json') return items.map((item) => `${goJson(rowOf(item, options.columns))}\n`).join('');
  if (format.startsWith('table ')) return renderTable(format.slice('table '.length).trim(), items, options.columns);
  const template = new Template(format);
  return items.map((item) => `${template.render(rowOf(item, options.columns))}\n`).join('');
}

function renderTable<T>(source: string, items: readonly T[], columns: Columns<T>): string {
  const template = new Template(source);
  const rows = items.map((item) => template.render(rowOf(item, columns)));
  return alignColumns([headings(source, columns), ...rows]);
}

/** The heading line: the template run on the headings; fields of fields and calls fall back to the field's name. */
function headings<T>(source: string, columns: Columns<T>): string {
  const names = Object.entries(columns).map(([name, { heading }]) => [name, heading] as const);
  const row = Object.fromEntries([...names, ['Label', (key: string) => key]]);
  try {
    return new Template(source.replaceAll(/\{\{\s*json\s+(\.\w+)\s*\}\}/g, '{{$1}}')).render(row);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return source.replaceAll(/\{\{[^}]*?\.(\w+)[^}]*\}\}/g, (_, name: string) => columns[name]?.heading ?? name);
  }
}

/** What templates see of an item: its columns. Each is worked out when somebody asks for it: few formats show them all. */
export function rowOf<T>(item: T, columns: Columns<T>): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [name, column] of Object.entries(columns)) {
    Object.defineProperty(row, name, { enumerable: true, get: () => column.value(item) });
  }
  return row;
}

/** Shells pass `\t` and `\n` as two characters. */
function expandEscapes(format: string): string {
  return format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
}

/** One value for --format: JSON or a template; undefined format gives `otherwise`. */
export function renderValue(value: unknown, format: string): string {
  if (format === 'json') return `${goJson(value)}\n`;
  return `${new Template(expandEscapes(format)).render(value)}\n`;
}
