import { dnsLabelErrors, type FieldErrors, type Path, portNameErrors, portNumberErrors } from '../../values/mod.ts';

/** Where requests go: a service, or another object of the same namespace. */
export interface IngressBackend {
  service?: { name?: string; port?: { name?: string; number?: number } };
  resource?: { apiGroup?: string; kind?: string; name?: string };
}

/** Complaints about a backend: one of the two, and all that it needs. */
export function validateIngressBackend(backend: IngressBackend, path: Path, errors: FieldErrors): void {
  const { service, resource } = backend;
  if (service !== undefined && resource !== undefined)
    errors.invalid(path, '', 'cannot set both resource and service backends');
  else if (resource !== undefined) validateResource(resource, path.child('resource'), errors);
  else if (service !== undefined) validateService(service, path, errors);
  else errors.invalid(path, '', 'resource or service backend is required');
}

function validateResource(
  { apiGroup, kind = '', name = '' }: NonNullable<IngressBackend['resource']>,
  path: Path,
  errors: FieldErrors,
): void {
  if (apiGroup === undefined) errors.required(path.child('apiGroup'));
  if (kind === '') errors.required(path.child('kind'));
  if (name === '') errors.required(path.child('name'));
}

function validateService(
  { name = '', port = {} }: NonNullable<IngressBackend['service']>,
  path: Path,
  errors: FieldErrors,
): void {
  const at = path.child('service');
  if (name === '') errors.required(at.child('name'));
  else errors.invalidEach(at.child('name'), name, dnsLabelErrors(name));
  const { name: portName = '', number = 0 } = port;
  if (portName !== '' && number !== 0) errors.invalid(path, '', 'cannot set both port name & port number');
  else if (portName !== '') errors.invalidEach(at.child('port').child('name'), portName, portNameErrors(portName));
  else if (number !== 0) errors.invalidEach(at.child('port').child('number'), number, portNumberErrors(number));
  else errors.required(path, 'port name or number is required');
}
