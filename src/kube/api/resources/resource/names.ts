import {
  cIdentifierErrors,
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldErrors,
  type Path,
} from '../../values/mod.ts';
import { validateDriverName } from '../storage/driver-name.ts';

const MAX_POOL_NAME = 253;
const MAX_IDENTIFIER = 32;

/** Complaints about the name of a device, a request or a counter. */
export function validateLabelName(name: string, path: Path, errors: FieldErrors): void {
  errors.invalidEach(path, name, dnsLabelErrors(name));
}

/** Complaints about the name of a pool: DNS names between slashes. */
export function validatePoolName(name: string, path: Path, errors: FieldErrors): void {
  if (name === '') {
    errors.required(path);
    return;
  }
  if (name.length > MAX_POOL_NAME) errors.tooLong(path, MAX_POOL_NAME);
  for (const part of name.split('/')) errors.invalidEach(path, part, dnsSubdomainErrors(part));
}

/** Complaints about the name of an attribute or a capacity: `name`, of the driver, or `domain/name`. Upstream lets more slashes pass. */
export function validateAttributeName(name: string, path: Path, errors: FieldErrors): void {
  const parts = name.split('/');
  const [first = '', second = ''] = parts;
  if (parts.length === 1) validateIdentifier(first, path, errors);
  if (parts.length !== 2) return;
  if (first === '') errors.invalid(path, '', 'the domain must not be empty');
  else validateDriverName(first, path, errors);
  if (second === '') errors.invalid(path, '', 'the name must not be empty');
  else validateIdentifier(second, path, errors);
}

/** Complaints about the name of an attribute of whatever driver: `domain/name`. */
export function validateFullAttributeName(name: string, path: Path, errors: FieldErrors): void {
  validateAttributeName(name, path, errors);
  if (!name.includes('/'))
    errors.invalid(path, name, 'a fully qualified name must be a domain and a name separated by a slash');
}

function validateIdentifier(name: string, path: Path, errors: FieldErrors): void {
  if (name.length > MAX_IDENTIFIER) errors.tooLong(path, MAX_IDENTIFIER);
  errors.invalidEach(path, name, cIdentifierErrors(name));
}

const HEX = '[0-9a-fA-F]';
const uuid = new RegExp(`^${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}$`);

/** Complaints about what a share of a device is known by. */
export function validateShareId(id: string, path: Path, errors: FieldErrors): void {
  if (!uuid.test(id)) errors.invalid(path, id, `error validating uid: invalid UUID length: ${id.length}`);
  else if (id !== id.toLowerCase()) {
    const form = '`xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters';
    errors.invalid(path, id, `uid must be in RFC 4122 normalized form, ${form}`);
  }
}
