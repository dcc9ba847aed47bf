import type { Placed, PlacedModel } from './packages.ts';
import { typeOf } from './types.ts';

/** What `structure.json` holds of one package. */
interface PackageStructure {
  readonly group: string;
  readonly version: string;
  /** Fields by definition: `containers!:[]Container nodeName:string`; `!` marks the required ones. */
  readonly definitions: Record<string, string>;
  /** The definitions that are kinds of the API, lists among them. */
  readonly kinds: string[];
}

/** The types of all definitions, by package. */
export function structureOf(placed: Placed): Record<string, PackageStructure> {
  const packages: Record<string, PackageStructure> = {};
  for (const definition of placed.definitions) {
    const { name, group, version } = definition.package;
    packages[name] ??= { group, version, definitions: {}, kinds: [] };
    packages[name].definitions[definition.name] = definition.model.fields
      .map((field) => `${field.name}${field.required ? '!' : ''}:${typeOf(definition, field, placed)}`)
      .join(' ');
    if (isKind(definition)) packages[name].kinds.push(definition.name);
  }
  return packages;
}

/** Things that have all of apiVersion, kind and metadata are kinds of the API; meta's own have no metadata. */
function isKind({ model, package: home, name }: PlacedModel): boolean {
  const has = (field: string) => model.fields.some((each) => each.name === field);
  if (home.group === 'meta' && name === 'WatchEvent') return true;
  if (!has('apiVersion') || !has('kind')) return false;
  return has('metadata') || (home.group === 'meta' && name !== 'OwnerReference');
}

/** Descriptions by definition: its own, then those of its fields in the structure's order; '' where there is none. */
export function descriptionsOf(placed: Placed): Record<string, string[]> {
  return Object.fromEntries(
    placed.definitions.map(({ model, package: home, name }) => [
      `${home.name}.${name}`,
      [model.description, ...model.fields.map((field) => field.description)],
    ]),
  );
}
