import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../object.ts';
import type { NameRule } from '../resource.ts';
import { dns1035LabelErrors, dnsLabelErrors, dnsSubdomainErrors } from './dns-names.ts';
import type { FieldErrors } from './field-errors.ts';
import { validateImmutable, validateNonnegative } from './immutable.ts';
import { METADATA, type Path } from './path.ts';
import { qualifiedNameErrors, validateLabels } from './qualified-names.ts';
import { pathSegmentErrors } from './text-rules.ts';

const MAX_ANNOTATIONS_BYTES = 256 * 1024;
const MAX_MANAGER_LENGTH = 128;
const MAX_SUBRESOURCE_LENGTH = 256;

const NAME_RULES: Readonly<Record<NameRule, (name: string) => readonly string[]>> = {
  'dns-subdomain': dnsSubdomainErrors,
  'dns-label': dnsLabelErrors,
  'dns-1035-label': dns1035LabelErrors,
  'path-segment': pathSegmentErrors,
};

/** Complaints about a name. A prefix (generateName) may end with a dash, for something follows it. */
export function nameErrors(name: string, rule: NameRule, isPrefix = false): readonly string[] {
  const dashed = isPrefix && rule !== 'path-segment' && name.length > 1 && name.endsWith('-');
  return NAME_RULES[rule](dashed ? `${name.slice(0, -2)}a` : name);
}

/** Complaints about the metadata of a new object, whose name has been generated already where it was to be. */
export function validateObjectMeta(
  metadata: ObjectMeta,
  options: {
    readonly namespaced: boolean;
    readonly nameRule?: NameRule;
    readonly path?: Path;
    /** Built-in kinds know which finalizers without a domain there are; those of CRDs may have any. */
    readonly standardFinalizers?: boolean;
  },
  errors: FieldErrors,
): void {
  const { namespaced, nameRule = 'dns-subdomain', path = METADATA } = options;
  validateNames(metadata, nameRule, path, errors);
  validateNamespace(metadata.namespace ?? '', namespaced, path, errors);
  validateNonnegative(metadata.generation, path.child('generation'), errors);
  validateChangeable(metadata, path, errors);
  if (options.standardFinalizers === true) validateStandardFinalizers(metadata, errors, path);
}

/** Finalizers of built-in kinds: standard ones, or with a domain. */
function validateStandardFinalizers(metadata: ObjectMeta, errors: FieldErrors, path: Path = METADATA): void {
  metadata.finalizers?.forEach((finalizer, i) => {
    validateFinalizerName(finalizer, path.child('finalizers').index(i), errors);
  });
}

const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** One finalizer of a built-in kind: a standard one, or one with a domain. */
export function validateFinalizerName(finalizer: string, path: Path, errors: FieldErrors): void {
  if (!finalizer.includes('/') && !STANDARD_FINALIZERS.includes(finalizer))
    errors.invalid(path, finalizer, 'name is neither a standard finalizer name nor is it fully qualified');
}

function validateNames(metadata: ObjectMeta, rule: NameRule, path: Path, errors: FieldErrors): void {
  const { name = '', generateName = '' } = metadata;
  if (generateName !== '')
    errors.invalidEach(path.child('generateName'), generateName, nameErrors(generateName, rule, true));
  if (name === '') errors.required(path.child('name'), 'name or generateName is required');
  else errors.invalidEach(path.child('name'), name, nameErrors(name, rule));
}

function validateNamespace(namespace: string, namespaced: boolean, path: Path, errors: FieldErrors): void {
  if (!namespaced) {
    if (namespace !== '') errors.forbidden(path.child('namespace'), 'not allowed on this type');
  } else if (namespace === '') errors.required(path.child('namespace'));
  else errors.invalidEach(path.child('namespace'), namespace, dnsLabelErrors(namespace));
}

/** The parts that clients write on create and on update alike. */
function validateChangeable(metadata: ObjectMeta, path: Path, errors: FieldErrors): void {
  validateLabels(metadata.labels, path.child('labels'), errors);
  validateAnnotations(metadata.annotations, path.child('annotations'), errors);
  if (metadata.ownerReferences !== undefined)
    validateOwnerReferences(metadata.ownerReferences, path.child('ownerReferences'), errors);
  if (metadata.finalizers !== undefined) validateFinalizers(metadata.finalizers, path.child('finalizers'), errors);
  if (metadata.managedFields !== undefined)
    validateManagedFields(metadata.managedFields, path.child('managedFields'), errors);
}

/** Annotations: keys like those of labels, in any case; any values, 256 KiB in all. */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: Path,
  errors: FieldErrors,
): void {
  if (annotations === undefined) return;
  let bytes = 0;
  for (const key of Object.keys(annotations)) {
    const value = annotations[key] ?? '';
    errors.invalidEach(path, key, qualifiedNameErrors(key.toLowerCase()));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > MAX_ANNOTATIONS_BYTES) errors.tooLong(path, MAX_ANNOTATIONS_BYTES);
}

function validateOwnerReferences(owners: readonly OwnerReference[], path: Path, errors: FieldErrors): void {
  let controller = '';
  for (const owner of owners) {
    validateOwnerReference(owner, path, errors);
    if (owner.controller !== true) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (controller === '') controller = name;
    else {
      const found = `Found "true" in references for ${controller} and ${name}`;
      errors.invalid(path, owners, `Only one reference can have Controller set to true. ${found}`);
    }
  }
}

function validateOwnerReference(owner: OwnerReference, path: Path, errors: FieldErrors): void {
  const { apiVersion = '', kind = '', name = '', uid = '' } = owner;
  if (apiVersion === '' || apiVersion.endsWith('/'))
    errors.invalid(path.child('apiVersion'), apiVersion, 'version must not be empty');
  if (kind === '') errors.invalid(path.child('kind'), kind, 'must not be empty');
  if (name === '') errors.invalid(path.child('name'), name, 'must not be empty');
  if (uid === '') errors.invalid(path.child('uid'), uid, 'must not be empty');
  if (apiVersion === 'v1' && kind === 'Event')
    errors.invalid(path, owner, '/v1, Kind=Event is disallowed from being an owner');
}

function validateFinalizers(finalizers: readonly string[], path: Path, errors: FieldErrors): void {
  for (const finalizer of finalizers) errors.invalidEach(path, finalizer, qualifiedNameErrors(finalizer));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    errors.invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set');
}

function validateManagedFields(entries: readonly ManagedFieldsEntry[], path: Path, errors: FieldErrors): void {
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    if (entry === undefined) continue;
    const at = path.index(i);
    const { operation, fieldsType, manager = '', subresource = '' } = entry;
    if (operation !== 'Apply' && operation !== 'Update')
      errors.invalid(at.child('operation'), operation ?? '', 'must be `Apply` or `Update`');
    if (fieldsType !== undefined && fieldsType !== 'FieldsV1')
      errors.invalid(at.child('fieldsType'), fieldsType, 'must be `FieldsV1`');
    validateFieldManager(manager, at.child('manager'), errors);
    if (subresource.length > MAX_SUBRESOURCE_LENGTH) errors.tooLong(at.child('subresource'), MAX_SUBRESOURCE_LENGTH);
  }
}

/** The name of a field manager: printable, at most 128 bytes. */
function validateFieldManager(manager: string, path: Path, errors: FieldErrors): void {
  if (/^[ -~]{0,128}$/.test(manager)) return;
  if (Buffer.byteLength(manager) > MAX_MANAGER_LENGTH) errors.tooLong(path, MAX_MANAGER_LENGTH);
  let position = 0;
  for (const character of manager.slice(0, MAX_MANAGER_LENGTH)) {
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character))
      errors.invalid(path, manager, `invalid character ${codePointName(character)} (at position ${position})`);
    position += Buffer.byteLength(character);
  }
}

function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Complaints about a change of metadata: what the server owns stays, and a dying object gets no new finalizers. */
export function validateObjectMetaUpdate(
  metadata: ObjectMeta,
  old: ObjectMeta,
  errors: FieldErrors,
  path: Path = METADATA,
): void {
  if (old.deletionTimestamp !== undefined) validateNoNewFinalizers(metadata, old, path, errors);
  if ((metadata.resourceVersion ?? '') === '')
    errors.invalid(path.child('resourceVersion'), metadata.resourceVersion ?? '', 'must be specified for an update');
  if ((metadata.generation ?? 0) < (old.generation ?? 0))
    errors.invalid(path.child('generation'), metadata.generation ?? 0, 'must not be decremented');
  for (const field of FIXED_FIELDS) {
    if (metadata[field] !== old[field]) validateImmutable(metadata[field], old[field], path.child(field), errors);
  }
  validateChangeable(metadata, path, errors);
}

const FIXED_FIELDS = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

function validateNoNewFinalizers(metadata: ObjectMeta, old: ObjectMeta, path: Path, errors: FieldErrors): void {
  const extra = (metadata.finalizers ?? []).filter((finalizer) => !(old.finalizers ?? []).includes(finalizer)).sort();
  if (extra.length === 0) return;
  const found = `[]string{${extra.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
  errors.forbidden(
    path.child('finalizers'),
    `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`,
  );
}
