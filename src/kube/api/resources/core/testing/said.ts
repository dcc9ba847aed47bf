import type { KubeObject } from '../../../object.ts';
import type { ResourceDefinition, UpdateStrategy } from '../../../resource.ts';

const CONTEXT = { nowMs: 0, warn: () => {} };

function texts(errors: readonly { field: string; message: string }[]): string[] {
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

/** An object as the API server would store it: a copy with defaults, prepared for its creation. */
export function created<T extends object>(row: ResourceDefinition, object: T): T & KubeObject {
  const copy = structuredClone(object) as unknown as KubeObject;
  copy.metadata ??= {};
  row.strategy.setDefaults?.(copy);
  row.strategy.prepareForCreate?.(copy, CONTEXT);
  return copy as T & KubeObject;
}

/** What is said of a new object, as `field: message`. */
export function saidOnCreate(row: ResourceDefinition, object: object): string[] {
  return texts(row.strategy.validate?.(created(row, object), CONTEXT) ?? []);
}

/** An object as it would be stored after an update, and what is said of it. */
export function updated(
  row: ResourceDefinition,
  old: object,
  change: (object: KubeObject) => void,
  subresource?: string,
): { readonly object: KubeObject; readonly said: string[] } {
  const strategy: UpdateStrategy =
    subresource === undefined ? row.strategy : (row.subresources?.[subresource]?.strategy ?? {});
  const object = structuredClone(old) as KubeObject;
  change(object);
  row.strategy.setDefaults?.(object);
  strategy.prepareForUpdate?.(object, old as KubeObject, CONTEXT);
  return { object, said: texts(strategy.validateUpdate?.(object, old as KubeObject, CONTEXT) ?? []) };
}
