import { type FieldErrors, type Path, semanticEqual } from '../../values/mod.ts';

const MAX_PARAMETERS = 512;
const MAX_BYTES = 256 * 1024;

/** Complaints about what a class says to its driver. */
export function validateParameters(
  parameters: Readonly<Record<string, string>>,
  required: boolean,
  path: Path,
  errors: FieldErrors,
): void {
  const keys = Object.keys(parameters);
  if (keys.length > MAX_PARAMETERS) {
    errors.tooLong(path, MAX_PARAMETERS);
    return;
  }
  let bytes = 0;
  for (const key of keys) {
    if (key === '') errors.invalid(path, key, 'field can not be empty.');
    bytes += Buffer.byteLength(key) + Buffer.byteLength(parameters[key] ?? '');
  }
  if (bytes > MAX_BYTES) errors.tooLong(path, MAX_BYTES);
  if (required && keys.length === 0) errors.required(path, 'must contain at least one key/value pair');
}

/** Fields of classes that volumes were made by stay: `updates to parameters are forbidden.` */
export function forbidUpdate(value: unknown, old: unknown, name: string, path: Path, errors: FieldErrors): void {
  if (!semanticEqual(value, old)) errors.forbidden(path, `updates to ${name} are forbidden.`);
}
