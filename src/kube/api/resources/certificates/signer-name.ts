import { dnsLabelErrors, dnsSubdomainErrors, type FieldErrors, type Path } from '../../values/mod.ts';

const LEGACY = 'kubernetes.io/legacy-unknown';
/** A DNS subdomain, a slash, and one more for the path. */
const MAX_LENGTH = 571;

/** Complaints about who is to sign: `example.com/signer`. */
export function validateSignerName(name: string, path: Path, errors: FieldErrors): void {
  if (name === '') {
    errors.required(path);
    return;
  }
  const [domain = '', signer = '', ...more] = name.split('/');
  if (more.length > 0 || signer === '') {
    errors.invalid(path, name, 'must be a fully qualified domain and path of the form "example.com/signer-name"');
    return;
  }
  errors.invalidEach(path, domain, domainErrors(domain));
  for (const label of signer.split('.')) errors.invalidEach(path, label, dnsLabelErrors(label));
  if (name.length > MAX_LENGTH) errors.tooLong(path, MAX_LENGTH);
  if (name === LEGACY) errors.invalid(path, name, 'the legacy signerName is not allowed via this API version');
}

function domainErrors(domain: string): readonly string[] {
  const errors = dnsSubdomainErrors(domain);
  if (errors.length > 0 || domain.includes('.')) return errors;
  return ['should be a domain with at least two segments separated by dots'];
}
