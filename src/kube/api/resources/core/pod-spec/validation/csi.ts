import { dnsSubdomainErrors, type FieldErrors, type Path } from '../../../../values/mod.ts';

const MAX_DRIVER = 63;

/** The name of a storage driver: a subdomain, in any case. */
export function validateDriverName(name: string, path: Path, errors: FieldErrors): void {
  if (name === '') errors.required(path);
  if (name.length > MAX_DRIVER) errors.tooLong(path, MAX_DRIVER);
  errors.invalidEach(path, name, dnsSubdomainErrors(name.toLowerCase()));
}
