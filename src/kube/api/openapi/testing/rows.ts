import { ALL_VERBS, type ResourceDefinition, type ResourceVersion } from '../../resource.ts';
import { definitionNames, schemaOfKind } from '../../schema/mod.ts';
import { structure } from '../../schema/structure.ts';
import type { Schema } from '../../schema.ts';

/** A row of a built-in kind with one version, as tests of documents need it. */
export function builtinRow(
  group: string,
  version: string,
  kind: string,
  more: Partial<ResourceDefinition> = {},
): ResourceDefinition {
  const schema = () => schemaOfKind({ group, version, kind });
  return row(group, kind, [{ name: version, schema }], more);
}

/** A row as a CRD makes it. */
export function customRow(
  group: string,
  kind: string,
  schemas: Readonly<Record<string, Schema>>,
  more: Partial<ResourceDefinition> = {},
): ResourceDefinition {
  const versions = Object.entries(schemas).map(([name, schema]) => ({ name, schema: () => schema }));
  return row(group, kind, versions, more);
}

/** Rows for all kinds that the artefact knows, in all versions: more than any server serves. */
export function everyRow(): ResourceDefinition[] {
  const names = new Set(definitionNames());
  return [...structure()].flatMap(([home, { group, version, kinds }]) =>
    kinds
      .filter((kind) => group !== 'meta' && !(kind.endsWith('List') && names.has(`${home}.${kind.slice(0, -4)}`)))
      .map((kind) => builtinRow(group, version, kind, kinds.includes(`${kind}List`) ? {} : { verbs: ['create'] })),
  );
}

function row(
  group: string,
  kind: string,
  versions: readonly ResourceVersion[],
  more: Partial<ResourceDefinition>,
): ResourceDefinition {
  const singular = kind.toLowerCase();
  const storageVersion = versions[0]?.name ?? '';
  const base = { group, kind, singular, plural: `${singular}s`, namespaced: true, verbs: ALL_VERBS };
  return { ...base, versions, storageVersion, strategy: {}, ...more };
}
