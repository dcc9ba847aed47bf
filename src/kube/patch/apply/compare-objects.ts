import type { KubeObject, Schema, SchemaResolver } from '#kube/api';
import { isJsonObject, type JsonObject } from '../values.ts';
import { type Changes, compareMaps } from './compare.ts';
import { EMPTY, type FieldSet, recursiveDifference, union } from './field-set.ts';
import { DEDUCED, type FieldType, fieldTypeOf } from './field-type.ts';
import { changesOfShape } from './known-shapes.ts';
import { pathsOf } from './paths-of.ts';
import { shapeOf } from './shape.ts';

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

const STATUS: readonly FieldPath[] = [['status']];
const SPEC: readonly FieldPath[] = [['spec']];

/** The fields that a path resets unless said otherwise: the status on the main path, the spec on `status`. */
export function defaultResetFields(subresource: string): readonly FieldPath[] {
  if (subresource === '') return STATUS;
  return subresource === 'status' ? SPEC : [];
}

/** How an object changed, leaving out what no manager owns; `before` undefined: the object is new. */
export function compareObjects(
  { schema, resolve, resetFields }: ObjectView,
  before: KubeObject | undefined,
  next: KubeObject,
): Changes | undefined {
  const type = fieldTypeOf(schema, resolve);
  const metadataType = (type.kind === 'map' ? type.fields.get('metadata')?.type : undefined) ?? DEDUCED;
  const ignored = ignoredAtTop(resetFields);
  const old = before !== undefined && isJsonObject(before.metadata) ? (before.metadata as JsonObject) : NOTHING;
  const now = isJsonObject(next.metadata) ? (next.metadata as JsonObject) : NOTHING;
  const compareAll = () => {
    const main = compareMaps(type, before ?? NOTHING, next, true, ignored);
    const metadata = compareMaps(metadataType, old, now, true, SERVER_METADATA);
    return withoutDeepResets(joined(main, metadata), resetFields);
  };
  if (before !== undefined) return compareAll();
  const shape = `${idOf(type)} ${resetFields.join()} ${shapeOf(metadataType, now, SERVER_METADATA)}${shapeOf(type, next, ignored)}`;
  return changesOfShape(shape, compareAll);
}

const typeIds = new WeakMap<FieldType, number>();
let lastTypeId = 0;

/** Shapes are of a type. */
function idOf(type: FieldType): number {
  let id = typeIds.get(type);
  if (id === undefined) {
    id = ++lastTypeId;
    typeIds.set(type, id);
  }
  return id;
}

const ALWAYS_IGNORED: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

const IGNORED_WITH_STATUS: ReadonlySet<string> = new Set([...ALWAYS_IGNORED, 'status']);

function ignoredAtTop(resetFields: readonly FieldPath[]): ReadonlySet<string> {
  if (resetFields === STATUS) return IGNORED_WITH_STATUS;
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
