import type { GroupVersionKind } from '../object.ts';
import type { ResourceDefinition, ResourceVersion } from '../resource.ts';
import { definition, definitionNameOfKind } from '../schema/mod.ts';

/** The definition of a row's kind: of the built-in ones, or `com.example.stable.v1.CronTab` for what a CRD brought. */
export function kindName(row: ResourceDefinition, version: ResourceVersion): string {
  return builtinName(row, version) ?? `${row.group.split('.').reverse().join('.')}.${version.name}.${row.kind}`;
}

/** The definition of the list of a row's kind. */
export function listName(row: ResourceDefinition, version: ResourceVersion): string {
  const kind = kindName(row, version);
  return kind.slice(0, -row.kind.length) + listKind(row);
}

/** `PodList`. */
export function listKind(row: ResourceDefinition): string {
  return row.listKind ?? `${row.kind}List`;
}

/** The name of the built-in definition that a row's schema is; undefined for a CRD, whatever it calls its kind. */
export function builtinName(row: ResourceDefinition, version: ResourceVersion): string | undefined {
  const name = definitionNameOfKind({ group: row.group, version: version.name, kind: row.kind });
  return name !== undefined && definition(name) === version.schema() ? name : undefined;
}

/** The definition of a subresource's body, where it is one of the built-in kinds. */
export function bodyName(body: GroupVersionKind): string | undefined {
  return definitionNameOfKind(body);
}

/** `rbac.authorization.k8s.io` → RbacAuthorization, '' → Core: how operations name a group. */
export function groupWord(group: string): string {
  if (group === '') return 'Core';
  return group
    .replace(/\.k8s\.io$/, '')
    .split(/[.-]/)
    .map(capital)
    .join('');
}

/** `deployments` → Deployments. */
export function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
