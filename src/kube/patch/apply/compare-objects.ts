import type { KubeObject, Schema, SchemaResolver } from '#kube/api';
import { isJsonObject, type JsonObject } from '../values.ts';
import { type Changes, compareMaps } from './compare.ts';
import { EMPTY, type FieldSet, recursiveDifference, union } from './field-set.ts';
import { fieldTypeOf } from './field-type.ts';
import { pathsOf } from './paths-of.ts';

/** A path of field names: `['metadata', 'labels']`. */
export type FieldPath = readonly string[];

/** Fields of `metadata` that belong to the server and to no manager. */
const SERVER_METADATA: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]);

const NOTHING: JsonObject = Object.freeze({});

/**
 * What one request sees of objects: their schema, and the fields that its path resets, which it can neither change nor
 * own.
 */
export interface ObjectView {
  readonly schema: Schema;
  readonly resolve: SchemaResolver;
  readonly resetFields: readonly FieldPath[];
}

/** The fields that a path resets unless said otherwise: the status on the main path, the spec on `status`. */
export function defaultResetFields(subresource: string): readonly FieldPath[] {
  if (subresource === '') return [['status']];
  return subresource === 'status' ? [['spec']] : [];
}

/** How an object changed, leaving out what no manager owns; `before` undefined: the object is new. */
export function compareObjects(
  { schema, resolve, resetFields }: ObjectView,
  before: KubeObject | undefined,
  next: KubeObject,
): Changes | undefined {
  const type = fieldTypeOf(schema, resolve);
  const main = compareMaps(type, before ?? NOTHING, next, true, ignoredAtTop(resetFields));
  const metadataType = type.kind === 'map' ? type.fields.get('metadata')?.type : undefined;
  const old = before !== undefined && isJsonObject(before.metadata) ? (before.metadata as JsonObject) : NOTHING;
  const now = isJsonObject(next.metadata) ? (next.metadata as JsonObject) : NOTHING;
  const metadata = compareMaps(metadataType ?? { kind: 'deduced' }, old, now, true, SERVER_METADATA);
  return withoutDeepResets(joined(main, metadata), resetFields);
}

const ALWAYS_IGNORED: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

function ignoredAtTop(resetFields: readonly FieldPath[]): ReadonlySet<string> {
  if (resetFields.every((path) => path.length > 1)) return ALWAYS_IGNORED;
  return new Set([
    ...ALWAYS_IGNORED,
    ...resetFields.filter((path) => path.length === 1).map(([name]) => name as string),
  ]);
}

function joined(main: Changes | undefined, metadata: Changes | undefined): Changes | undefined {
  if (metadata === undefined) return main;
  const join = (which: keyof Changes): FieldSet | undefined => {
    const inner = metadata[which];
    const [rest, own] = [main?.[which] ?? EMPTY, inner === undefined ? EMPTY : { 'f:metadata': inner }];
    const all = union(own, rest);
    return all === EMPTY ? undefined : all;
  };
  return { added: join('added'), modified: join('modified'), removed: join('removed') };
}

function withoutDeepResets(changes: Changes | undefined, resetFields: readonly FieldPath[]): Changes | undefined {
  const deep = resetFields.filter((path) => path.length > 1);
  if (changes === undefined || deep.length === 0) return changes;
  const ignored = setOfPaths(deep);
  const cut = (set: FieldSet | undefined) => (set === undefined ? undefined : recursiveDifference(set, ignored));
  return { added: cut(changes.added), modified: cut(changes.modified), removed: cut(changes.removed) };
}

/** The set of the paths. */
function setOfPaths(paths: readonly FieldPath[]): FieldSet {
  return paths.map(setOfPath).reduce(union, EMPTY);
}

function setOfPath(path: FieldPath): FieldSet {
  return path.reduceRight<FieldSet>((child, name) => ({ [`f:${name}`]: child }), EMPTY);
}

/** The fields that an applied configuration claims. */
export function appliedFields({ schema, resolve, resetFields }: ObjectView, applied: KubeObject): FieldSet {
  const all = pathsOf(fieldTypeOf(schema, resolve), applied, 'applied', false, false) ?? EMPTY;
  return recursiveDifference(recursiveDifference(all, SERVER_FIELDS), setOfPaths(resetFields));
}

const SERVER_FIELDS = setOfPaths([['apiVersion'], ['kind'], ...[...SERVER_METADATA].map((name) => ['metadata', name])]);
