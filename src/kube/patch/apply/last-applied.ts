import type { KubeObject } from '#kube/api';
import { isJsonObject } from '../values.ts';
import { appliedFields, compareObjects, type ObjectView } from './compare-objects.ts';
import { difference, EMPTY, type FieldSet } from './field-set.ts';

/** Where client-side apply keeps what it applied last. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** The manager whose applies go on where kubectl's client-side apply left off. */
export const KUBECTL = 'kubectl';
/** All annotations together may be as large. */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;

/**
 * The fields over which kubectl's first server-side apply has no conflict: what its client-side apply set last, where
 * the object still has those values.
 */
export function fieldsOfLastApplied(view: ObjectView, live: KubeObject): FieldSet {
  const last = parse(live.metadata.annotations?.[LAST_APPLIED]);
  if (last === undefined) return EMPTY;
  const { added = EMPTY, modified = EMPTY, removed = EMPTY } = compareObjects(view, last, live) ?? {};
  return [added, modified, removed].reduce(difference, appliedFields(view, last));
}

function parse(text: string | undefined): KubeObject | undefined {
  if (text === undefined) return undefined;
  try {
    const object: unknown = JSON.parse(text);
    if (!isJsonObject(object)) return undefined;
    return { ...object, metadata: isJsonObject(object.metadata) ? object.metadata : {} } as unknown as KubeObject;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Keeps the annotation of client-side apply true, so that users can go back. `object` is changed in place, but not its
 * parts.
 */
export function updateLastApplied(object: KubeObject, applied: KubeObject): void {
  const { annotations } = object.metadata;
  if (annotations === undefined || !Object.hasOwn(annotations, LAST_APPLIED)) return;
  const next = { ...annotations, [LAST_APPLIED]: `${JSON.stringify(sorted(withoutAnnotation(applied)))}\n` };
  if (sizeOf(next) > MAX_ANNOTATIONS_BYTES) delete (next as Record<string, string>)[LAST_APPLIED];
  object.metadata = { ...object.metadata, annotations: next };
}

function withoutAnnotation(applied: KubeObject): KubeObject {
  const { annotations } = applied.metadata;
  if (annotations === undefined || !Object.hasOwn(annotations, LAST_APPLIED)) return applied;
  const { [LAST_APPLIED]: _last, ...others } = annotations;
  return { ...applied, metadata: { ...applied.metadata, annotations: others } };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

function sizeOf(annotations: Readonly<Record<string, string>>): number {
  return Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
}
