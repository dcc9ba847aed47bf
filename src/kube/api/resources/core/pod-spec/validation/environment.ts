import {
  configKeyErrors,
  dnsSubdomainErrors,
  environmentNameErrors,
  type FieldErrors,
  nameErrors,
  type Path,
} from '../../../../values/mod.ts';
import type { EnvFromSource, EnvVar, EnvVarSource, KeySelector } from '../types.ts';
import { validateFieldReference, validateResourceReference } from './downward-api.ts';

const FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** Complaints about environment variables. */
export function validateEnvironment(variables: readonly EnvVar[], path: Path, errors: FieldErrors): void {
  for (let i = 0; i < variables.length; i++) {
    const variable = variables[i];
    if (variable === undefined) continue;
    const { name = '', valueFrom } = variable;
    const at = path.index(i);
    if (name === '') errors.required(at.child('name'));
    else errors.invalidEach(at.child('name'), name, environmentNameErrors(name));
    if (valueFrom !== undefined) validateSource(valueFrom, variable.value ?? '', at.child('valueFrom'), errors);
  }
}

function validateSource(source: EnvVarSource, value: string, path: Path, errors: FieldErrors): void {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(
    (s) => s !== undefined,
  );
  if (fieldRef !== undefined) validateFieldReference(fieldRef, FIELDS, path.child('fieldRef'), errors);
  if (resourceFieldRef !== undefined)
    validateResourceReference(resourceFieldRef, false, path.child('resourceFieldRef'), errors);
  if (configMapKeyRef !== undefined) validateKey(configMapKeyRef, path.child('configMapKeyRef'), errors);
  if (secretKeyRef !== undefined) validateKey(secretKeyRef, path.child('secretKeyRef'), errors);
  if (fileKeyRef !== undefined) validateFileKey(fileKeyRef, path.child('fileKeyRef'), errors);
  if (sources.length === 0) {
    const known = '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
    errors.invalid(path, '', `must specify one of: ${known}`);
  } else if (value !== '') errors.invalid(path, '', 'may not be specified when `value` is not empty');
  else if (sources.length > 1) errors.invalid(path, '', 'may not have more than one field specified at a time');
}

function validateKey({ name = '', key = '' }: KeySelector, path: Path, errors: FieldErrors): void {
  errors.invalidEach(path.child('name'), name, dnsSubdomainErrors(name));
  if (key === '') errors.required(path.child('key'));
  else errors.invalidEach(path.child('key'), key, configKeyErrors(key));
}

function validateFileKey(
  { volumeName = '', path: file = '', key = '' }: NonNullable<EnvVarSource['fileKeyRef']>,
  path: Path,
  errors: FieldErrors,
): void {
  if (volumeName === '') errors.required(path.child('volumeName'));
  if (file === '') errors.required(path.child('path'));
  if (key === '') errors.required(path.child('key'));
  else errors.invalidEach(path.child('key'), key, environmentNameErrors(key));
}

/** Complaints about whole config maps and secrets that become variables. */
export function validateEnvironmentFrom(sources: readonly EnvFromSource[], path: Path, errors: FieldErrors): void {
  sources.forEach(({ prefix = '', configMapRef, secretRef }, i) => {
    const at = path.index(i);
    if (prefix !== '') errors.invalidEach(at.child('prefix'), prefix, environmentNameErrors(prefix));
    if (configMapRef !== undefined) validateName(configMapRef.name, at.child('configMapRef'), errors);
    if (secretRef !== undefined) validateName(secretRef.name, at.child('secretRef'), errors);
    if (configMapRef === undefined && secretRef === undefined)
      errors.invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`');
    else if (configMapRef !== undefined && secretRef !== undefined)
      errors.invalid(path, '', 'may not have more than one field specified at a time');
  });
}

function validateName(name: string | undefined, path: Path, errors: FieldErrors): void {
  if (name === undefined || name === '') errors.required(path.child('name'));
  else errors.invalidEach(path.child('name'), name, nameErrors(name, 'dns-subdomain', true));
}
