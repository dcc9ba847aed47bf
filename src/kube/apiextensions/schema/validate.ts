import type { FieldError, Schema } from '#kube/api';
import { Path } from '#kube/api/values';
import { checkLists } from './check-lists.ts';
import { checksOfType } from './checks.ts';
import { Complaints } from './complaints.ts';
import { fieldOf, isObject, jsonEqual, typeOf } from './json-value.ts';
import { type Check, compileJunctors } from './junctors.ts';
import { embeddedSchema } from './resource-fields.ts';

/**
 * Says what is wrong with a value. Where the value as it was is given, complaints about parts that did not change are left out
 * (ratcheting): a schema that became stricter does not hold up who changes something else.
 */
export type Validator = (value: unknown, old?: unknown) => FieldError[];

/** Compiles the validation of a structural schema: types, bounds, patterns, formats, junctors, and the keys of sets and maps. */
export function compileValidator(schema: Schema): Validator {
  const check = compileCheck(schema);
  const root = new Path('');
  return (value, old) => {
    const found = run(check, schema, value, undefined, root);
    return found.length === 0 || old === undefined ? found : run(check, schema, value, old, root);
  };
}

function run(check: Check, schema: Schema, value: unknown, old: unknown, root: Path): FieldError[] {
  const complaints = new Complaints();
  check(value, root, complaints, old);
  checkLists(schema, value, root, complaints, old);
  return complaints.list;
}

const compiled = new WeakMap<Schema, Check>();

/** The check of one schema, with all below it; made once. */
function compileCheck(schema: Schema): Check {
  let check = compiled.get(schema);
  if (check === undefined) {
    check = makeCheck(schema);
    compiled.set(schema, check);
  }
  return check;
}

function makeCheck(given: Schema): Check {
  const schema = embeddedSchema(given);
  const ofType = compileType(schema);
  const ofValue = checksOfType(schema, compileCheck);
  const junctors = compileJunctors(schema, compileCheck);
  if (schema['x-kubernetes-embedded-resource'] === true) junctors.push(checkTypeMeta);
  return (value, path, complaints, old) => {
    if (complaints.isFull || (old !== undefined && jsonEqual(value, old))) return;
    ofType?.(value, path, complaints, old);
    for (const check of ofValue) check(value, path, complaints, old);
    for (const check of junctors) check(value, path, complaints, old);
  };
}

/** An object in an object says what it is, as any other. */
const checkTypeMeta: Check = (value, path, complaints) => {
  for (const field of ['apiVersion', 'kind']) {
    if (isObject(value) && (fieldOf(value, field) ?? '') === '')
      complaints.required(path.child(field), 'must not be empty');
  }
};

function compileType(schema: Schema): Check | undefined {
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true;
  if (schema.type === undefined && !isIntOrString) return undefined;
  const wanted = isIntOrString ? 'integer,string' : (schema.type as string);
  const accepted = isIntOrString ? ['integer', 'string'] : wanted === 'number' ? ['number', 'integer'] : [wanted];
  const nullable = schema.nullable === true;
  return (value, path, complaints) => {
    const type = typeOf(value);
    if (accepted.includes(type) || (type === 'null' && nullable)) return;
    complaints.wrongType(path, wanted, type);
  };
}
