import type { KubeObject } from '../../object.ts';
import { type FieldErrors, Path, semanticEqual } from '../../values/mod.ts';

/** What a config map or a secret may hold in all. */
export const MAX_DATA_BYTES = 1024 * 1024;

/** How many bytes a base64 text stands for. */
export function base64Length(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return Math.floor((text.length * 3) / 4) - padding;
}

/** Once `immutable` is set, it stays, and so do the given fields. */
export function validateUnchangedIfImmutable(
  object: KubeObject,
  old: KubeObject,
  fields: readonly string[],
  errors: FieldErrors,
): void {
  if (old.immutable !== true) return;
  const message = 'field is immutable when `immutable` is set';
  if (object.immutable !== true) errors.forbidden(new Path('immutable'), message);
  for (const field of fields) if (!semanticEqual(object[field], old[field])) errors.forbidden(new Path(field), message);
}
