import type { Schema } from '#kube/api';
import type { FieldErrors, Path } from '#kube/api/values';
import { innerSchemas } from './walk.ts';

/** How deep schemas may nest: what comes after walks them recursively. */
const MAX_DEPTH = 100;
/** How many schemas one version may have. A request of 3 MB has room for more, and nobody needs them. */
const MAX_SCHEMAS = 50_000;

/** Is a schema small enough to be looked at? Complains where it isn't. */
export function isBounded(schema: Schema, path: Path, errors: FieldErrors): boolean {
  let left = MAX_SCHEMAS;
  let level = [{ schema, path }];
  for (let depth = 0; level.length > 0; depth++) {
    left -= level.length;
    if (depth > MAX_DEPTH || left < 0) {
      const what = left < 0 ? `may not have more than ${MAX_SCHEMAS} schemas` : `may not nest deeper than ${MAX_DEPTH}`;
      errors.forbidden(path, what);
      return false;
    }
    level = level.flatMap((each) => innerSchemas(each.schema, each.path));
  }
  return true;
}
