import type { ManagedFieldsEntry } from '#kube/api';
import { isJsonObject } from '../values.ts';
import { canonicalElement, compareElements } from './element.ts';
import { EMPTY, type FieldSet, isEmptySet, type MutableFieldSet, SELF } from './field-set.ts';

/** One manager's fields: an entry of `metadata.managedFields`, read. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339 in whole seconds; entries of other tools may have none. */
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** What tells managers apart. An applier is the same in every version. */
export function isSameManager(a: Manager, b: Manager): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion)
  );
}

/**
 * Reads managed fields; undefined if an entry is invalid, as a client may send. Sets that are `stored` were read and
 * put in order before they were, and are taken as they are.
 */
export function readManagers(entries: unknown, from: 'client' | 'stored'): Manager[] | undefined {
  if (entries === undefined || entries === null) return [];
  if (!Array.isArray(entries)) return undefined;
  const managers: Manager[] = [];
  for (const entry of entries) {
    const manager = readManager(entry, from);
    if (manager === undefined) return undefined;
    const twin = managers.findIndex((other) => isSameManager(other, manager));
    if (twin < 0) managers.push(manager);
    else managers[twin] = manager;
  }
  return managers;
}

function readManager(entry: unknown, from: 'client' | 'stored'): Manager | undefined {
  if (!isJsonObject(entry)) return undefined;
  const {
    manager = '',
    operation,
    apiVersion,
    subresource = '',
    time,
    fieldsType,
    fieldsV1,
  } = entry as ManagedFieldsEntry;
  if (operation !== 'Apply' && operation !== 'Update') return undefined;
  if (typeof apiVersion !== 'string' || apiVersion === '' || fieldsType !== 'FieldsV1') return undefined;
  if (typeof manager !== 'string' || typeof subresource !== 'string') return undefined;
  const fields = from === 'stored' && isJsonObject(fieldsV1) ? (fieldsV1 as FieldSet) : readFields(fieldsV1 ?? {});
  if (fields === undefined) return undefined;
  return { manager, operation, apiVersion, subresource, time: typeof time === 'string' ? time : undefined, fields };
}

/**
 * The set that a `fieldsV1` says; undefined if it is none. Elements of kinds that nobody knows are dropped, as upstream
 * does.
 */
export function readFields(fieldsV1: unknown): FieldSet | undefined {
  return isJsonObject(fieldsV1) ? readNode(fieldsV1, false) : undefined;
}

function readNode(node: Record<string, unknown>, isChild: boolean): FieldSet | undefined {
  const children: [string, FieldSet][] = [];
  let isSorted = true;
  for (const key of Object.keys(node)) {
    const element = canonicalElement(key);
    const value = node[key];
    if (element === undefined) continue;
    if (!isJsonObject(value)) return undefined;
    const child = readNode(value, true);
    if (child === undefined) return undefined;
    const last = children.at(-1);
    if (last !== undefined && compareElements(last[0], element) > 0) isSorted = false;
    children.push([element, child]);
  }
  if (children.length === 0) return EMPTY;
  if (!isSorted) children.sort(([a], [b]) => compareElements(a, b));
  const result: MutableFieldSet = isChild && Object.hasOwn(node, SELF) ? { [SELF]: EMPTY } : {};
  for (const [element, child] of children) result[element] = child;
  return result;
}

/**
 * The entries of managed fields in upstream's order; managers without fields are left out. Undefined when there is
 * none.
 */
export function writeManagers(managers: readonly Manager[]): ManagedFieldsEntry[] | undefined {
  const written = managers.filter(({ fields }) => !isEmptySet(fields));
  if (written.length === 0) return undefined;
  if (written.length > 1) written.sort(compareManagers);
  return written.map(writeManager);
}

function writeManager({ manager, operation, apiVersion, time, fields, subresource }: Manager): ManagedFieldsEntry {
  const entry: ManagedFieldsEntry = { manager, operation, apiVersion };
  if (time !== undefined) entry.time = time;
  entry.fieldsType = 'FieldsV1';
  entry.fieldsV1 = fields as Record<string, unknown>;
  if (subresource !== '') entry.subresource = subresource;
  return entry;
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
