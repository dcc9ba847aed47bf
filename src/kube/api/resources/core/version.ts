import type { ResourceVersion } from '../../resource.ts';
import { schemaOfKind } from '../../schema/mod.ts';

/** The one version of the core group: v1 of `kind`. */
export function v1(
  kind: string,
  options: Omit<Partial<ResourceVersion>, 'name' | 'schema'> = {},
): readonly ResourceVersion[] {
  return [{ name: 'v1', schema: () => schemaOfKind({ group: '', version: 'v1', kind }), ...options }];
}
