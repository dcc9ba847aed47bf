import type { GroupVersionKind } from '../object.ts';
import type { ResourceVersion } from '../resource.ts';
import { schemaOfKind } from '../schema/mod.ts';
import { CREATED_AT_COLUMN } from './columns.ts';

/** One served version of a built-in kind, with its schema. Kinds without columns of their own show their creation. */
export function served(
  { group, version, kind }: GroupVersionKind,
  options: Omit<Partial<ResourceVersion>, 'name' | 'schema'> = {},
): ResourceVersion {
  const columns = options.columns ?? [CREATED_AT_COLUMN];
  return { name: version, schema: () => schemaOfKind({ group, version, kind }), ...options, columns };
}
