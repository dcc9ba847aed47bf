import type { FieldError, Schema } from '#kube/api';
import { FieldErrors, METADATA, type Path, SPEC } from '#kube/api/values';
import { APPROVAL_ANNOTATION, isProtectedGroup } from '../controller/approval.ts';
import { jsonEqual } from '../schema/json-value.ts';
import type { CrdVersion, CustomResourceDefinition } from '../types.ts';
import { validateColumns, validateScale, validateSelectableFields } from './columns.ts';
import { validateConstructs } from './constructs.ts';
import { validateDefaults } from './defaults.ts';
import { isBounded } from './limits.ts';
import { validateRules } from './rule-definitions.ts';
import { validateStructural } from './structural.ts';

/** What is wrong with a hostile CRD would fill a book. */
const MAX_COMPLAINTS = 200;
const VERSIONS = SPEC.child('versions');
/** With a status of its own, the root's schema may say this much: what it says must hold without the status. */
const ROOT_FIELDS = [
  'description',
  'type',
  'format',
  'title',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'multipleOf',
  'required',
  'items',
  'properties',
  'externalDocs',
  'example',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
];

/**
 * Complaints about the schemas, columns, subresources and selectable fields of a CRD. Versions that an update leaves as they are are not
 * looked at: what was once let in stays.
 */
export function validateDefinition(
  crd: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): FieldError[] {
  const errors = new FieldErrors();
  const before = new Map((old?.spec.versions ?? []).map((version) => [version.name, version]));
  for (const [index, version] of (crd.spec.versions ?? []).entries()) {
    if (!jsonEqual(version, before.get(version.name))) validateVersion(version, VERSIONS.index(index), errors);
  }
  if (old === undefined) validateApproval(crd, errors);
  return errors.list.slice(0, MAX_COMPLAINTS);
}

function validateApproval({ metadata, spec }: CustomResourceDefinition, errors: FieldErrors): void {
  if (!isProtectedGroup(spec.group ?? '') || metadata.annotations?.[APPROVAL_ANNOTATION] !== undefined) return;
  const why = `protected groups must have approval annotation "${APPROVAL_ANNOTATION}"`;
  const path = METADATA.child('annotations').key(APPROVAL_ANNOTATION);
  errors.required(path, `${why}, see https://github.com/kubernetes/enhancements/pull/1111`);
}

function validateVersion(version: CrdVersion, path: Path, errors: FieldErrors): void {
  const schema = version.schema?.openAPIV3Schema;
  const at = path.child('schema').child('openAPIV3Schema');
  validateColumns(version.additionalPrinterColumns ?? [], path.child('additionalPrinterColumns'), errors);
  validateScale(version, path.child('subresources'), errors);
  if (schema === undefined || !isBounded(schema, at, errors)) return;
  if (version.subresources?.status !== undefined) validateRoot(schema, at, errors);
  if (schema.nullable === true) errors.forbidden(at.child('nullable'), 'nullable cannot be true at the root');
  validateSchema(schema, at, errors);
  validateSelectableFields(version.selectableFields ?? [], schema, path.child('selectableFields'), errors);
}

/** What is no structural schema has neither defaults nor rules that could be checked. */
function validateSchema(schema: Schema, path: Path, errors: FieldErrors): void {
  const before = errors.list.length;
  validateConstructs(schema, path, errors);
  const isSound = errors.list.length === before;
  if (!Array.isArray(schema.items)) validateStructural(schema, path, errors);
  const isStructural = errors.list.length === before;
  if (isStructural) validateDefaults(schema, path, errors);
  validateRules(schema, path, errors, isSound && errors.list.length === before);
}

function validateRoot(schema: Schema, path: Path, errors: FieldErrors): void {
  const odd = Object.keys(schema).some((field) => !ROOT_FIELDS.includes(field));
  if (!odd) return;
  const detail = `only [${ROOT_FIELDS.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
  errors.invalid(path, schema, detail);
}
