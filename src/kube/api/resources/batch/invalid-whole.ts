import type { FieldErrors, Path } from '../../values/mod.ts';

/** `Invalid value: detail`, for what is too large to be shown in a message. */
export function invalidWhole(path: Path, detail: string, errors: FieldErrors): void {
  errors.list.push({ reason: 'FieldValueInvalid', field: path.toString(), message: `Invalid value: ${detail}` });
}
