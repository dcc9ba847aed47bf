import type { ObjectMeta } from '../../../../object.ts';
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldErrors,
  type Path,
  validateAnnotations,
  validateLabelSelector,
  validateLabels,
  validatePositiveQuantity,
} from '../../../../values/mod.ts';
import { validateAccessModes, validateVolumeMode } from '../../volumes/access-modes.ts';
import type { DataSource, PersistentVolumeClaimSpec } from '../volume-types.ts';

/** Complaints about what a claim asks for: a claim of its own, of a StatefulSet's template, or of an ephemeral volume. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: Path, errors: FieldErrors): void {
  const { accessModes = [], storageClassName = '', dataSource, dataSourceRef } = spec;
  if (accessModes.length === 0) errors.required(path.child('accessModes'), 'at least 1 access mode is required');
  validateLabelSelector(spec.selector, path.child('selector'), errors);
  validateAccessModes(accessModes, path.child('accessModes'), errors);
  validateSize(spec.resources?.requests?.storage, path.child('resources').key('storage'), errors);
  if (storageClassName !== '')
    errors.invalidEach(path.child('storageClassName'), storageClassName, dnsSubdomainErrors(storageClassName));
  validateVolumeMode(spec.volumeMode, path.child('volumeMode'), errors);
  if (dataSource !== undefined) validateDataSource(dataSource, path.child('dataSource'), errors);
  if (dataSourceRef !== undefined) validateDataSource(dataSourceRef, path.child('dataSourceRef'), errors);
  validateAgreement(spec, path, errors);
  const { volumeAttributesClassName: attributes = '' } = spec;
  if (attributes !== '')
    errors.invalidEach(path.child('volumeAttributesClassName'), attributes, dnsSubdomainErrors(attributes));
}

function validateSize(text: string | undefined, path: Path, errors: FieldErrors): void {
  if (text === undefined) errors.required(path);
  else validatePositiveQuantity(text, path, errors);
}

function validateDataSource(source: DataSource & { namespace?: string }, path: Path, errors: FieldErrors): void {
  const { name = '', kind = '', apiGroup = '', namespace = '' } = source;
  if (name === '') errors.required(path.child('name'));
  if (kind === '') errors.required(path.child('kind'));
  if (apiGroup !== '') errors.invalidEach(path.child('apiGroup'), apiGroup, dnsSubdomainErrors(apiGroup));
  else if (kind !== 'PersistentVolumeClaim')
    errors.invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
  if (namespace !== '') errors.invalidEach(path.child('namespace'), namespace, dnsLabelErrors(namespace));
}

/** The old field and the new one must say the same. */
function validateAgreement(spec: PersistentVolumeClaimSpec, path: Path, errors: FieldErrors): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource === undefined || dataSourceRef === undefined) return;
  const shown = path.child('dataSource').toString();
  if ((dataSourceRef.namespace ?? '') !== '')
    errors.invalid(path, shown, 'may not be specified when dataSourceRef.namespace is specified');
  else if (FIELDS_OF_SOURCE.some((field) => (dataSource[field] ?? '') !== (dataSourceRef[field] ?? '')))
    errors.invalid(path, shown, 'must match dataSourceRef');
}

const FIELDS_OF_SOURCE = ['apiGroup', 'kind', 'name'] as const;

/** Complaints about a template of claims inside a volume: labels, annotations and a spec; nothing else of metadata. */
export function validateClaimTemplate(
  template: { metadata?: ObjectMeta; spec?: PersistentVolumeClaimSpec } | undefined,
  path: Path,
  errors: FieldErrors,
): void {
  if (template === undefined) {
    errors.required(path);
    return;
  }
  const { metadata = {}, spec = {} } = template;
  const at = path.child('metadata');
  validateAnnotations(metadata.annotations, at.child('annotations'), errors);
  validateLabels(metadata.labels, at.child('labels'), errors);
  for (const [field, value] of Object.entries(metadata)) {
    if (field === 'labels' || field === 'annotations' || value === null || value === undefined) continue;
    errors.forbidden(at.child(field), 'cannot be set');
  }
  validateClaimSpec(spec, path.child('spec'), errors);
}
