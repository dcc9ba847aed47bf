import { HakoError } from '#base';

/** Throws `invalid` with `message` unless `holds`. */
export function ensure(holds: boolean, message: string): void {
  if (!holds) throw new HakoError('invalid', message);
}

/** A C string cannot carry NUL: exec and mount would cut it silently. */
export function ensureNoNul(what: string, texts: readonly string[]): void {
  for (const text of texts)
    ensure(!text.includes('\0'), `invalid ${what}: ${JSON.stringify(text)} contains a NUL byte`);
}
