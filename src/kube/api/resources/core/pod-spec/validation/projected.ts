import { dnsSubdomainErrors, type FieldErrors, type Path, validateLabelSelector } from '../../../../values/mod.ts';
import type {
  ClusterTrustBundleProjection,
  DownwardApiFile,
  PodCertificateProjection,
  ProjectedSource,
  VolumeProjection,
} from '../volume-types.ts';
import { validateFieldReference, validateResourceReference } from './downward-api.ts';
import { validateKeyToPath } from './key-to-path.ts';
import { validateFilePath, validateMode } from './paths.ts';

const FIELDS = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;
const MIN_CERTIFICATE_SECONDS = 3600;
const MAX_CERTIFICATE_SECONDS = 91 * 86400;
const KEY_TYPES = ['ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519', 'RSA3072', 'RSA4096'];

/** Complaints about files that show the pod's own fields. Their path is that of the volume, as ever. */
export function validateDownwardFiles(files: readonly DownwardApiFile[], path: Path, errors: FieldErrors): void {
  for (const file of files) {
    const { path: name = '', fieldRef, resourceFieldRef, mode } = file;
    if (name === '') errors.required(path.child('path'));
    validateFilePath(name, path.child('path'), errors);
    if (fieldRef !== undefined) {
      validateFieldReference(fieldRef, FIELDS, path.child('fieldRef'), errors);
      if (resourceFieldRef !== undefined)
        errors.invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously');
    } else if (resourceFieldRef !== undefined)
      validateResourceReference(resourceFieldRef, true, path.child('resourceFieldRef'), errors);
    else errors.required(path, 'one of fieldRef and resourceFieldRef is required');
    validateMode(mode, path.child('mode'), errors);
  }
}

/** Complaints about a volume that brings several sources together, no two of which may write one file. */
export function validateProjected(
  { sources = [], defaultMode }: ProjectedSource,
  path: Path,
  errors: FieldErrors,
): void {
  validateMode(defaultMode, path.child('defaultMode'), errors);
  const files = new Set<string>();
  const take = (file: string | undefined, shown: string): void => {
    if (file === undefined || file === '') return;
    if (files.has(file)) errors.invalid(path, shown, 'conflicting duplicate paths');
    files.add(file);
  };
  sources.forEach((source, i) => {
    const at = path.child('sources').index(i);
    validateSource(source, at, path, take, errors);
    if (Object.keys(source).length > 1) errors.forbidden(at, 'may not specify more than 1 volume type per source');
  });
}

function validateSource(
  source: VolumeProjection,
  at: Path,
  path: Path,
  take: (file: string | undefined, shown: string) => void,
  errors: FieldErrors,
): void {
  for (const field of ['secret', 'configMap'] as const) {
    const own = source[field];
    if (own === undefined) continue;
    const { name = '', items = [] } = own;
    if (name === '') errors.required(at.child(field).child('name'));
    items.forEach((item, i) => {
      validateKeyToPath(item, at.child(field).child('items').index(i), errors);
      take(item.path, name);
    });
  }
  const { downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  if (downwardAPI !== undefined) {
    validateDownwardFiles(downwardAPI.items ?? [], at.child('downwardAPI'), errors);
    for (const { path: file = '' } of downwardAPI.items ?? []) take(file, file);
  }
  if (serviceAccountToken !== undefined) validateToken(serviceAccountToken, at, path, errors);
  if (clusterTrustBundle !== undefined) {
    validateTrustBundle(clusterTrustBundle, at.child('clusterTrustBundle'), errors);
    take(clusterTrustBundle.path, clusterTrustBundle.path ?? '');
  }
  if (podCertificate !== undefined) {
    validateCertificate(podCertificate, at.child('podCertificate'), errors);
    for (const field of FILES_OF_CERTIFICATE) take(podCertificate[field], podCertificate[field] ?? '');
  }
}

function validateToken(
  { expirationSeconds = 0, path: file = '' }: NonNullable<VolumeProjection['serviceAccountToken']>,
  at: Path,
  path: Path,
  errors: FieldErrors,
): void {
  const expiry = at.child('serviceAccountToken').child('expirationSeconds');
  if (expirationSeconds < MIN_TOKEN_SECONDS)
    errors.invalid(expiry, expirationSeconds, 'may not specify a duration less than 10 minutes');
  if (expirationSeconds > MAX_TOKEN_SECONDS)
    errors.invalid(expiry, expirationSeconds, 'may not specify a duration larger than 2^32 seconds');
  if (file === '') errors.required(path.child('path'));
  else validateFilePath(file, path.child('path'), errors);
}

function validateTrustBundle(bundle: ClusterTrustBundleProjection, path: Path, errors: FieldErrors): void {
  const { name, signerName, labelSelector, path: file = '' } = bundle;
  if (name !== undefined && signerName !== undefined)
    errors.invalid(path, bundle, 'only one of name and signerName may be used');
  else if (name !== undefined) {
    if (name === '') errors.required(path.child('name'), 'must be a valid object name');
    if (labelSelector !== undefined)
      errors.invalid(path.child('labelSelector'), labelSelector, 'labelSelector must be unset if name is specified');
  } else if (signerName !== undefined) {
    if (signerName === '') errors.required(path.child('signerName'), 'must be a valid signer name');
    validateSignerName(signerName, path.child('signerName'), errors);
    validateLabelSelector(labelSelector, path.child('labelSelector'), errors);
  } else errors.required(path, 'either name or signerName must be specified');
  if (file === '') errors.required(path.child('path'));
  validateFilePath(file, path.child('path'), errors);
}

/** `domain/path`. */
function validateSignerName(name: string, path: Path, errors: FieldErrors): void {
  const slash = name.indexOf('/');
  if (slash < 0) {
    errors.invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
    return;
  }
  const domain = name.slice(0, slash);
  errors.invalidEach(path, domain, dnsSubdomainErrors(domain));
  if (!domain.includes('.'))
    errors.invalid(path, domain, 'should be a domain with at least two segments separated by dots');
}

const FILES_OF_CERTIFICATE = ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const;

function validateCertificate(certificate: PodCertificateProjection, path: Path, errors: FieldErrors): void {
  const { signerName = '', keyType = '', maxExpirationSeconds: seconds } = certificate;
  validateSignerName(signerName, path.child('signerName'), errors);
  if (!KEY_TYPES.includes(keyType)) errors.notSupported(path.child('keyType'), keyType, KEY_TYPES);
  const expiry = path.child('maxExpirationSeconds');
  if (seconds !== undefined && seconds < MIN_CERTIFICATE_SECONDS)
    errors.invalid(expiry, seconds, `if provided, maxExpirationSeconds must be >= ${MIN_CERTIFICATE_SECONDS}`);
  if (seconds !== undefined && seconds > MAX_CERTIFICATE_SECONDS)
    errors.invalid(expiry, seconds, `if provided, maxExpirationSeconds must be <= ${MAX_CERTIFICATE_SECONDS}`);
  const files = FILES_OF_CERTIFICATE.filter((field) => (certificate[field] ?? '') !== '');
  if (files.length === 0)
    errors.required(path, 'specify at least one of credentialBundlePath, keyPath, and certificateChainPath');
  for (const field of files) validateFilePath(certificate[field] ?? '', path.child(field), errors);
}
