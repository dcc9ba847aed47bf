import type { FieldError } from '../field.ts';
import type { KubeObject } from '../object.ts';
import type { HookContext, Subresource, Verb } from '../resource.ts';
import { FieldErrors } from '../values/mod.ts';

/** Verbs of subresources that show and change a part of an object. */
export const PART_VERBS: readonly Verb[] = ['get', 'patch', 'update'];

/** Takes one field over from the object as it was. The value is shared with it: later hooks must not change it in place. */
export function keepField(object: KubeObject, old: KubeObject, field: string): void {
  if (old[field] === undefined) delete object[field];
  else object[field] = old[field];
}

/** A new object has no status yet, whatever the client sent. */
export function emptyStatus(object: KubeObject): void {
  object.status = {};
}

/** On an object's main path the status stays what it was. */
export function keepStatus(object: KubeObject, old: KubeObject): void {
  keepField(object, old, 'status');
}

/** Runs a validation that adds to a collector, and gives what it collected. */
export function complaints(validation: (errors: FieldErrors) => void): FieldError[] {
  const errors = new FieldErrors();
  validation(errors);
  return errors.list;
}

/** Takes a field of the metadata over from the object as it was. */
function keepMetadata(object: KubeObject, old: KubeObject, field: 'labels' | 'annotations'): void {
  const before = old.metadata[field];
  if (before === undefined) delete object.metadata[field];
  else object.metadata[field] = before;
}

/** What is special about a status subresource. */
export interface StatusOptions {
  /** What of the metadata cannot be changed through it; of most kinds nothing. */
  readonly keeps?: readonly ('labels' | 'annotations')[];
  readonly prepare?: (object: KubeObject, old: KubeObject) => void;
}

/** All of the metadata that anybody may change. */
export const LABELS_AND_ANNOTATIONS = ['labels', 'annotations'] as const;

/** The `status` subresource: only the status changes, and its `validate` may complain of it. */
export function statusSubresource(
  validate?: (object: KubeObject, old: KubeObject, errors: FieldErrors, context: HookContext) => void,
  { keeps = [], prepare }: StatusOptions = {},
): Subresource {
  return {
    verbs: PART_VERBS,
    strategy: {
      prepareForUpdate: (object, old) => {
        for (const field of new Set([...Object.keys(object), ...Object.keys(old)])) {
          if (field !== 'status' && field !== 'metadata') keepField(object, old, field);
        }
        for (const field of keeps) keepMetadata(object, old, field);
        prepare?.(object, old);
      },
      ...(validate === undefined
        ? {}
        : {
            validateUpdate: (object, old, context) => complaints((errors) => validate(object, old, errors, context)),
          }),
    },
  };
}

/** Paths that open a stream to a node: the API server has handlers for them. */
export function connectSubresource(kind: string, verbs: readonly Verb[] = ['create', 'get']): Subresource {
  return { verbs, body: { group: '', version: 'v1', kind } };
}

/** HTTP through the API server to a pod, service or node. */
export function proxySubresource(kind: string): Subresource {
  return connectSubresource(kind, ['create', 'delete', 'get', 'patch', 'update']);
}
