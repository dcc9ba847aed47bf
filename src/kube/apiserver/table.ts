import type { Cell, Column, KubeObject } from '#kube/api';
import { humanAge } from '#kube/api/values';
import type { Endpoint } from './resources/catalog.ts';
import type { CachedEntry } from './store/mod.ts';

/** What a row of a Table carries of its object (`includeObject`). */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

const NAME_COLUMN = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace. It cannot be changed.',
  priority: 0,
};

const AGE_COLUMN: Column = {
  name: 'Age',
  type: 'date',
  description: 'When the object was created; the API server sets it.',
  priority: 0,
  cell: ({ metadata }, nowMs) => humanAge(metadata.creationTimestamp, nowMs),
};

/** The columns after Name; kinds without any of their own show their age. */
export function columnsOf({ version }: Endpoint): readonly Column[] {
  return version.columns ?? [AGE_COLUMN];
}

/** `columnDefinitions` of an endpoint's Table. */
export function columnDefinitions(endpoint: Endpoint): Record<string, unknown>[] {
  const rest = columnsOf(endpoint).map(({ name, type, format, description, priority }) => ({
    name,
    type,
    format: format ?? '',
    description,
    priority,
  }));
  return hasName(endpoint) ? rest : [NAME_COLUMN, ...rest];
}

/** Does the kind say itself where its name stands? Name is the first column of all others. */
function hasName(endpoint: Endpoint): boolean {
  return columnsOf(endpoint).some(({ name, format }) => name === 'Name' && format === 'name');
}

/** The cells of one object. */
function cellsOf(endpoint: Endpoint, object: KubeObject, nowMs: number): Cell[] {
  const cells = columnsOf(endpoint).map((column) => column.cell(object, nowMs));
  return hasName(endpoint) ? cells : [object.metadata.name ?? '', ...cells];
}

/** One row as JSON text; the object comes as the text that is there already. */
export function rowJson(endpoint: Endpoint, entry: CachedEntry, include: IncludeObject, nowMs: number): string {
  // Columns of custom resources may show whatever there is.
  const glance = entry.glance(endpoint.row.custom === true) as KubeObject;
  const conditions = endpoint.version.rowConditions?.(glance);
  const more = conditions === undefined ? '' : `,"conditions":${JSON.stringify(conditions)}`;
  const row = `{"cells":${JSON.stringify(cellsOf(endpoint, glance, nowMs))}${more}`;
  if (include === 'None') return `${row}}`;
  return `${row},"object":${include === 'Object' ? entry.json : partialMetadataJson(entry, 'v1')}}`;
}

/** The entries in the order of their rows; a page that is limited is ordered for itself. */
export function rowOrder({ version }: Endpoint, entries: readonly CachedEntry[]): readonly CachedEntry[] {
  const { rowOrder: order } = version;
  if (order === undefined) return entries;
  const objects = new Map(entries.map((entry) => [entry, entry.glance() as KubeObject]));
  const objectOf = (entry: CachedEntry) => objects.get(entry) as KubeObject;
  return entries.toSorted((a, b) => order(objectOf(a), objectOf(b)));
}

/** `PartialObjectMetadata` of an object. */
export function partialMetadata(object: KubeObject, version: string): Record<string, unknown> {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}

/** `PartialObjectMetadata` of an entry, as JSON: nothing is parsed for it. */
export function partialMetadataJson(entry: CachedEntry, version: string): string {
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":${entry.metadataJson}}`;
}

/** The text of a Table around rows. */
export function tableJson(
  endpoint: Endpoint,
  version: string,
  metadata: Record<string, unknown>,
  rows: readonly string[],
  withColumns = true,
): string {
  return `${tableHead(endpoint, version, metadata, withColumns)}${rows.join(',')}]}`;
}

/** The text of a Table before its rows; behind them comes `]}`. */
export function tableHead(
  endpoint: Endpoint,
  version: string,
  metadata: Record<string, unknown>,
  withColumns = true,
): string {
  const columns = withColumns ? JSON.stringify(columnDefinitions(endpoint)) : '[]';
  return `{"kind":"Table","apiVersion":"meta.k8s.io/${version}","metadata":${JSON.stringify(metadata)},"columnDefinitions":${columns},"rows":[`;
}
