import { dnsSubdomainErrors, type FieldErrors, type Path } from '../../values/mod.ts';

const MAX_DRIVER_NAME = 63;

/** Complaints about the name of a CSI driver: a DNS name of at most 63 characters, in any case. */
export function validateDriverName(name: string, path: Path, errors: FieldErrors): void {
  if (name === '') errors.required(path);
  if (name.length > MAX_DRIVER_NAME) errors.tooLong(path, MAX_DRIVER_NAME);
  errors.invalidEach(path, name, dnsSubdomainErrors(name.toLowerCase()));
}
