import type { KubeObject } from '../../object.ts';
import type { Column, ResourceVersion } from '../../resource.ts';
import { schemaOfKind } from '../../schema/mod.ts';

/** The one version of the core group: v1 of `kind`. */
export function v1(
  kind: string,
  options: {
    readonly columns?: readonly Column[];
    readonly selectableFields?: Readonly<Record<string, (object: KubeObject) => string>>;
    readonly deprecationWarning?: string;
  } = {},
): readonly ResourceVersion[] {
  return [{ name: 'v1', schema: () => schemaOfKind({ group: '', version: 'v1', kind }), ...options }];
}
