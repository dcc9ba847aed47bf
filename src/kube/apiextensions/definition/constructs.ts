import type { Schema } from '#kube/api';
import type { FieldErrors, Path } from '#kube/api/values';
import { innerSchemas } from './walk.ts';

/** Where in an object a schema's values are. */
interface Place {
  readonly isRoot: boolean;
  /** In `metadata`, `kind` or `apiVersion` of the object or of one that is embedded. */
  readonly inResourceMeta: boolean;
  /** Why no default may be set here; undefined: it may. */
  readonly noDefaults: string | undefined;
}

/** What may stand in the JSON of a schema, besides what `Schema` knows. */
type Raw = Schema & Readonly<Record<string, unknown>>;

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const META_FIELDS = new Set(['metadata', 'kind', 'apiVersion']);
const UNSUPPORTED = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const;

/** Complaints about constructs that CRDs may not have, and about extensions that do not go together. */
export function validateConstructs(schema: Schema, path: Path, errors: FieldErrors): void {
  visit(schema, path, { isRoot: true, inResourceMeta: false, noDefaults: undefined }, errors);
}

function visit(schema: Schema, path: Path, place: Place, errors: FieldErrors): void {
  validateForbidden(schema as Raw, path, place, errors);
  const { properties = {}, additionalProperties: values } = schema;
  if (values !== undefined && values !== true && Object.keys(properties).length > 0)
    errors.forbidden(path.child('additionalProperties'), 'additionalProperties and properties are mutual exclusive');
  for (const inner of innerSchemas(schema, path)) {
    const isMeta = inner.kind === 'property' && isResource(schema, place) && META_FIELDS.has(inner.name);
    const inResourceMeta = place.inResourceMeta || isMeta;
    visit(
      inner.schema,
      inner.path,
      { isRoot: false, inResourceMeta, noDefaults: noDefaultsIn(inner, place, isMeta) },
      errors,
    );
  }
  validateMapType(schema, path, errors);
  validateListType(schema, path, errors);
}

function isResource(schema: Schema, { isRoot }: Place): boolean {
  return isRoot || schema['x-kubernetes-embedded-resource'] === true;
}

function noDefaultsIn(
  inner: ReturnType<typeof innerSchemas>[number],
  place: Place,
  isMeta: boolean,
): string | undefined {
  if (isMeta && place.isRoot) return ` in top-level ${inner.name}`;
  if (inner.kind === 'additionalProperties' && place.inResourceMeta)
    return ' inside additionalProperties applying to object metadata';
  return place.noDefaults;
}

function validateForbidden(schema: Raw, path: Path, place: Place, errors: FieldErrors): void {
  if (schema.type !== undefined && (schema.type as string) !== '' && !TYPES.includes(schema.type)) {
    if ((schema.type as string) === 'null')
      errors.forbidden(path.child('type'), 'type cannot be set to null, use nullable as an alternative');
    errors.notSupported(path.child('type'), schema.type, TYPES);
  }
  if (schema.default !== undefined && place.noDefaults !== undefined)
    errors.forbidden(path.child('default'), `must not be set${place.noDefaults}`);
  for (const construct of UNSUPPORTED) {
    if (isPresent(schema[construct])) errors.forbidden(path.child(construct), `${construct} is not supported`);
  }
  if (Array.isArray(schema.items))
    errors.forbidden(path.child('items'), 'items must be a schema object and not an array');
  if (schema.uniqueItems === true) {
    const detail = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.forbidden(path.child('uniqueItems'), detail);
  }
  if (schema.additionalProperties === false)
    errors.forbidden(path.child('additionalProperties'), 'additionalProperties cannot be set to false');
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    errors.invalid(path.child('x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined');
  if (place.inResourceMeta && schema['x-kubernetes-embedded-resource'] === true)
    errors.forbidden(path.child('x-kubernetes-embedded-resource'), 'must not be used inside of resource meta');
}

function isPresent(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** `type` must be what an extension is for. */
function wantType(schema: Schema, wanted: string, extension: string, path: Path, errors: FieldErrors): void {
  const detail = `must be ${wanted} if ${extension} is specified`;
  if ((schema.type ?? '') === '') errors.required(path.child('type'), detail);
  else if (schema.type !== wanted) errors.invalid(path.child('type'), schema.type, detail);
}

function validateMapType(schema: Schema, path: Path, errors: FieldErrors): void {
  const type = schema['x-kubernetes-map-type'];
  if (type === undefined) return;
  wantType(schema, 'object', 'x-kubernetes-map-type', path, errors);
  if (type !== 'atomic' && type !== 'granular')
    errors.notSupported(path.child('x-kubernetes-map-type'), type, ['atomic', 'granular']);
}

function validateListType(schema: Schema, path: Path, errors: FieldErrors): void {
  const at = path.child('x-kubernetes-list-type');
  const type = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (keys.length > 0 && type !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    if (type === undefined) errors.required(at, detail);
    else errors.invalid(at, type, detail);
  }
  if (type === undefined) return;
  wantType(schema, 'array', 'x-kubernetes-list-type', path, errors);
  if (type !== 'atomic' && type !== 'set' && type !== 'map') {
    errors.notSupported(at, type, ['atomic', 'set', 'map']);
    return;
  }
  if (type === 'atomic') return;
  const items = path.child('items');
  if (schema.items?.nullable === true)
    errors.forbidden(items.child('nullable'), `cannot be nullable when x-kubernetes-list-type is ${type}`);
  if (type === 'set') validateSet(schema.items, items, errors);
  else validateListMap(schema, keys, path, errors);
}

function validateSet(item: Schema | undefined, path: Path, errors: FieldErrors): void {
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = item?.['x-kubernetes-list-type'] ?? 'atomic';
  if (item?.type === 'array' && listType !== 'atomic')
    errors.invalid(path.child('x-kubernetes-list-type'), listType, detail);
  const mapType = item?.['x-kubernetes-map-type'];
  if (item?.type === 'object' && mapType !== 'atomic')
    errors.invalid(path.child('x-kubernetes-map-type'), mapType, detail);
}

function validateListMap({ items }: Schema, keys: readonly string[], path: Path, errors: FieldErrors): void {
  const at = path.child('x-kubernetes-list-map-keys');
  if (keys.length === 0) errors.required(at, 'must not be empty if x-kubernetes-list-type is map');
  if (items === undefined) {
    errors.required(path.child('items'), 'must have a schema if x-kubernetes-list-type is map');
    return;
  }
  if (items.type !== 'object') {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    errors.invalid(path.child('items').child('type'), items.type ?? '', detail);
    return;
  }
  if (new Set(keys).size < keys.length) errors.invalid(at, keys, 'must not contain duplicate entries');
  for (const key of new Set(keys)) validateMapKey(items, key, keys, path, errors);
}

function validateMapKey(items: Schema, key: string, keys: readonly string[], path: Path, errors: FieldErrors): void {
  const property = Object.hasOwn(items.properties ?? {}, key) ? items.properties?.[key] : undefined;
  if (property === undefined) {
    errors.invalid(path.child('x-kubernetes-list-map-keys'), keys, 'entries must all be names of item properties');
    return;
  }
  const at = path.child('items').child('properties').key(key);
  if (property.type === 'array' || property.type === 'object') {
    const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
    errors.invalid(at.child('type'), property.type, detail);
  }
  const isKey = 'this property is in x-kubernetes-list-map-keys, so it';
  if (items.required?.includes(key) !== true && property.default === undefined)
    errors.required(at.child('default'), `${isKey} must have a default or be a required property`);
  if (property.nullable === true) errors.forbidden(at.child('nullable'), `${isKey} cannot be nullable`);
}
