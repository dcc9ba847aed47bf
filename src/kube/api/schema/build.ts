import type { Schema } from '../schema.ts';
import { DEFAULTS, zeroDefault } from './facts/defaults.ts';
import { LISTS, SILENT_LISTS } from './facts/lists.ts';
import { ATOMIC_TYPES, FIELD_EXTENSIONS, UNIONS } from './facts/maps.ts';
import { META_PACKAGE, type PackageStructure } from './structure.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Where a definition stands, with the two names under which facts are written: without and with the version. */
interface Place {
  readonly package: string;
  /** `core.PodSpec`. */
  readonly fact: string;
  /** `core.v1.PodSpec`. */
  readonly versionedFact: string;
  readonly isList: boolean;
}

/** Scalars are shared by all definitions. */
const SCALARS: ReadonlyMap<string, Schema> = new Map([
  ['string', { type: 'string' }],
  ['boolean', { type: 'boolean' }],
  ['int32', { type: 'integer', format: 'int32' }],
  ['int64', { type: 'integer', format: 'int64' }],
  ['double', { type: 'number', format: 'double' }],
  ['byte', { type: 'string', format: 'byte' }],
]);

/** Unfolds one definition of the generated structure (see its notation there) and adds our facts to it. */
export function buildDefinition(packageName: string, home: PackageStructure, type: string): Schema {
  const place = placeOf(packageName, home, type);
  const properties: Record<string, Schema> = Object.create(null);
  const required: string[] = [];
  const fields = home.definitions[type] ?? '';
  for (const field of fields === '' ? [] : fields.split(' ')) {
    const colon = field.indexOf(':');
    const mandatory = field[colon - 1] === '!';
    const name = field.slice(0, mandatory ? colon - 1 : colon);
    if (mandatory) required.push(name);
    properties[name] = property(place, name, field.slice(colon + 1), mandatory);
  }
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}), ...extensions(place, home, type) };
}

function placeOf(packageName: string, home: PackageStructure, type: string): Place {
  const [short = '', version = ''] = packageName.split('.').slice(-2);
  const isList = type.endsWith('List') && home.kinds.includes(type);
  return { package: packageName, fact: `${short}.${type}`, versionedFact: `${short}.${version}.${type}`, isList };
}

function extensions(place: Place, home: PackageStructure, type: string): Partial<Schema> {
  const made: Mutable<Partial<Schema>> = {};
  if (ATOMIC_TYPES.has(place.fact) || ATOMIC_TYPES.has(place.versionedFact)) made['x-kubernetes-map-type'] = 'atomic';
  if (home.kinds.includes(type)) {
    const group = place.package === META_PACKAGE ? '' : home.group;
    made['x-kubernetes-group-version-kind'] = [{ group, version: home.version, kind: type }];
  }
  const union = UNIONS[place.fact];
  if (union !== undefined) {
    const { discriminator, fields } = union;
    const tag = discriminator === undefined ? {} : { discriminator };
    made['x-kubernetes-unions'] = [{ ...tag, 'fields-to-discriminateBy': fields }];
  }
  return made;
}

function property(place: Place, name: string, type: string, mandatory: boolean): Schema {
  const fact = `${place.fact}.${name}`;
  const base = schemaOfType(place, type);
  const fallback =
    DEFAULTS[fact] ?? DEFAULTS[`${place.versionedFact}.${name}`] ?? (mandatory ? zeroDefault(type) : undefined);
  const beside = type.startsWith('[]') ? listExtensions(place, name, fact) : FIELD_EXTENSIONS[fact];
  if (fallback === undefined && beside === undefined) return base;
  return { ...base, ...(fallback === undefined ? {} : { default: fallback }), ...beside };
}

function schemaOfType(place: Place, type: string): Schema {
  if (type.startsWith('[]')) return { type: 'array', items: schemaOfType(place, type.slice(2)) };
  if (type.startsWith('{}')) return { type: 'object', additionalProperties: schemaOfType(place, type.slice(2)) };
  return SCALARS.get(type) ?? { $ref: type.includes('.') ? type : `${place.package}.${type}` };
}

function listExtensions(place: Place, name: string, fact: string): Partial<Schema> | undefined {
  const list = LISTS[fact];
  if (list === undefined) {
    const silent = (place.isList && name === 'items') || SILENT_LISTS.has(fact);
    return silent ? undefined : { 'x-kubernetes-list-type': 'atomic' };
  }
  return {
    'x-kubernetes-list-type': list.type,
    ...(list.keys === undefined ? {} : { 'x-kubernetes-list-map-keys': list.keys }),
    ...(list.strategy === undefined ? {} : { 'x-kubernetes-patch-strategy': list.strategy }),
    ...(list.mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': list.mergeKey }),
  };
}
