import {
  dns1035LabelErrors,
  dnsSubdomainErrors,
  type FieldErrors,
  METADATA,
  type Path,
  SPEC,
  STATUS,
  validateConditions,
  validateImmutable,
} from '../../values/mod.ts';
import { validateWebhookClient } from '../webhook-client.ts';
import { validateResourceNames } from './names.ts';
import type { CrdConversion, CrdVersion, CustomResourceDefinition } from './types.ts';

const VERSIONS = SPEC.child('versions');
const NAMES = SPEC.child('names');
const CONVERSION = SPEC.child('conversion');
const STORED_VERSIONS = STATUS.child('storedVersions');
const SCOPES = ['Cluster', 'Namespaced'];
const STRATEGIES = ['None', 'Webhook'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const MAX_WARNING_LENGTH = 256;

/** Complaints about a definition's names, scope, versions and conversion; the schemas are checked elsewhere. */
export function validateCustomResourceDefinition(
  { metadata, spec }: CustomResourceDefinition,
  errors: FieldErrors,
): void {
  const { group = '', names = {}, scope = '' } = spec;
  if (metadata.name !== `${names.plural ?? ''}.${group}`)
    errors.invalid(METADATA.child('name'), metadata.name ?? '', 'must be spec.names.plural+"."+spec.group');
  validateGroup(group, SPEC.child('group'), errors);
  if (scope === '') errors.required(SPEC.child('scope'));
  else if (!SCOPES.includes(scope)) errors.notSupported(SPEC.child('scope'), scope, SCOPES);
  validateVersions(spec.versions ?? [], errors);
  validateResourceNames(names, NAMES, errors);
  validateConversion(spec.conversion ?? {}, errors);
  if (spec.preserveUnknownFields === true) {
    const detail =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.invalid(SPEC.child('preserveUnknownFields'), true, detail);
  }
}

function validateGroup(group: string, path: Path, errors: FieldErrors): void {
  if (group === '') errors.required(path);
  else if (dnsSubdomainErrors(group).length > 0) errors.invalidEach(path, group, dnsSubdomainErrors(group));
  else if (!group.includes('.')) errors.invalid(path, group, 'should be a domain with at least one dot');
}

function validateVersions(versions: readonly CrdVersion[], errors: FieldErrors): void {
  const seen = new Set<string>();
  let unique = true;
  versions.forEach(({ name = '', schema, deprecated, deprecationWarning }, i) => {
    const at = VERSIONS.index(i);
    unique &&= !seen.has(name);
    seen.add(name);
    errors.invalidEach(at.child('name'), name, dns1035LabelErrors(name));
    if (schema?.openAPIV3Schema === undefined)
      errors.required(at.child('schema').child('openAPIV3Schema'), 'schemas are required');
    if (deprecationWarning !== undefined)
      validateWarning(deprecationWarning, deprecated === true, at.child('deprecationWarning'), errors);
  });
  if (!unique) errors.invalid(VERSIONS, versions, 'must contain unique version names');
  if (versions.filter(({ storage }) => storage === true).length !== 1)
    errors.invalid(VERSIONS, versions, 'must have exactly one version marked as storage version');
}

function validateWarning(warning: string, deprecated: boolean, path: Path, errors: FieldErrors): void {
  if (!deprecated) errors.invalid(path, warning, 'can only be set for deprecated versions');
  if (warning.length > MAX_WARNING_LENGTH)
    errors.invalid(path, warning, `must be <= ${MAX_WARNING_LENGTH} characters, got ${warning.length}`);
  if (warning === '') errors.invalid(path, warning, 'must not be an empty string');
  const odd = [...warning].findIndex((character) => !/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character));
  if (odd >= 0)
    errors.invalid(
      path,
      warning,
      `must only contain printable UTF-8 characters; non-printable character found at index ${odd}`,
    );
}

function validateConversion({ strategy = '', webhook }: CrdConversion, errors: FieldErrors): void {
  const path = CONVERSION.child('strategy');
  const at = CONVERSION.child('webhook');
  if (strategy === '') errors.required(path);
  else if (!STRATEGIES.includes(strategy)) errors.notSupported(path, strategy, STRATEGIES);
  if (strategy !== 'Webhook') {
    if (webhook !== undefined) errors.forbidden(at, 'should not be set when strategy is not set to Webhook');
    return;
  }
  if (webhook?.clientConfig === undefined)
    errors.required(at.child('clientConfig'), 'required when strategy is set to Webhook');
  else validateWebhookClient(webhook.clientConfig, at.child('clientConfig'), errors);
  validateReviewVersions(webhook?.conversionReviewVersions ?? [], at.child('conversionReviewVersions'), errors);
}

function validateReviewVersions(versions: readonly string[], path: Path, errors: FieldErrors): void {
  if (versions.length === 0) {
    errors.required(path);
    return;
  }
  versions.forEach((version, i) => {
    errors.invalidEach(path.index(i), version, dns1035LabelErrors(version));
    if (versions.indexOf(version) < i) errors.invalid(path.index(i), version, 'duplicate version');
  });
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version)))
    errors.invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`);
}

/** What stays: the names by which objects are kept, and versions that objects may still be stored in. */
export function validateCrdChange(
  crd: CustomResourceDefinition,
  old: CustomResourceDefinition,
  errors: FieldErrors,
): void {
  const { spec } = crd;
  validateImmutable(spec.group, old.spec.group, SPEC.child('group'), errors);
  validateImmutable(spec.names?.plural, old.spec.names?.plural, NAMES.child('plural'), errors);
  const isEstablished = old.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True');
  if (isEstablished) {
    validateImmutable(spec.scope, old.spec.scope, SPEC.child('scope'), errors);
    validateImmutable(spec.names?.kind, old.spec.names?.kind, NAMES.child('kind'), errors);
  }
  validateStoredVersions(crd, errors);
}

function validateStoredVersions({ spec, status }: CustomResourceDefinition, errors: FieldErrors): void {
  const names = new Set((spec.versions ?? []).map(({ name }) => name));
  status?.storedVersions?.forEach((version, i) => {
    if (names.has(version)) return;
    const detail =
      `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions ` +
      `until a storage migration ensures no data remains persisted in ${version} and removes ${version} from ` +
      'status.storedVersions';
    errors.invalid(STORED_VERSIONS.index(i), version, detail);
  });
}

/** Complaints about the status, which controllers write. */
export function validateCrdStatus(crd: CustomResourceDefinition, errors: FieldErrors): void {
  const { spec, status = {} } = crd;
  const storage = (spec.versions ?? []).find((version) => version.storage === true)?.name ?? '';
  const stored = status.storedVersions ?? [];
  if (stored.length === 0) errors.invalid(STORED_VERSIONS, stored, 'must have at least one stored version');
  else if (!stored.includes(storage))
    errors.invalid(STORED_VERSIONS, stored, `must have the storage version ${storage}`);
  validateStoredVersions(crd, errors);
  if (status.conditions != null) validateConditions(status.conditions, STATUS.child('conditions'), errors);
}
