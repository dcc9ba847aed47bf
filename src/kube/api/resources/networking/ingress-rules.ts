import { dnsSubdomainErrors, FieldErrors, ipFamily, Path, wildcardSubdomainErrors } from '../../values/mod.ts';
import { type IngressBackend, validateIngressBackend } from './ingress-backend.ts';

/** `IngressRule`. */
export interface IngressRule {
  host?: string;
  http?: { paths?: IngressPath[] };
}

/** `HTTPIngressPath`. */
export interface IngressPath {
  path?: string;
  pathType?: string;
  backend?: IngressBackend;
}

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const FORBIDDEN_PARTS = ['//', '/./', '/../', '%2f', '%2F'];
const FORBIDDEN_ENDS = ['/..', '/.'];

/** A host of an ingress: a DNS name, which may start with `*.`. */
export function validateIngressHost(host: string, path: Path, errors: FieldErrors): void {
  errors.invalidEach(path, host, host.includes('*') ? wildcardSubdomainErrors(host) : dnsSubdomainErrors(host));
}

/** Complaints about which requests go where; with `anyForWildcards` not of those to hosts with a `*`. */
export function validateIngressRules(
  rules: readonly IngressRule[],
  path: Path,
  errors: FieldErrors,
  anyForWildcards: boolean,
): void {
  rules.forEach(({ host = '', http }, i) => {
    const at = path.index(i);
    if (host !== '') {
      if (ipFamily(host) !== 0) errors.invalid(at.child('host'), host, 'must be a DNS name, not an IP address');
      else validateIngressHost(host, at.child('host'), errors);
    }
    if (http !== undefined && !(anyForWildcards && host.includes('*')))
      validatePaths(http.paths ?? [], at.child('http').child('paths'), errors);
  });
}

/** Is there a rule to a host with a `*` that could not be made today? Such rules were not looked at once. */
export function hasInvalidWildcards(rules: readonly IngressRule[]): boolean {
  const errors = new FieldErrors();
  const wild = rules
    .filter(({ host = '' }) => host.includes('*'))
    .map(({ http }) => (http === undefined ? {} : { http }));
  validateIngressRules(wild, new Path('rules'), errors, false);
  return errors.list.length > 0;
}

function validatePaths(paths: readonly IngressPath[], at: Path, errors: FieldErrors): void {
  if (paths.length === 0) errors.required(at);
  paths.forEach((path, i) => {
    validatePath(path, at.index(i), errors);
  });
}

function validatePath({ path = '', pathType, backend = {} }: IngressPath, at: Path, errors: FieldErrors): void {
  if (pathType === undefined) {
    errors.required(at.child('pathType'), 'pathType must be specified');
    return;
  }
  if (!PATH_TYPES.includes(pathType)) errors.notSupported(at.child('pathType'), pathType, PATH_TYPES);
  else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) errors.invalid(at.child('path'), path, 'must be an absolute path');
  } else validatePlainPath(path, at.child('path'), errors);
  validateIngressBackend(backend, at.child('backend'), errors);
}

function validatePlainPath(path: string, at: Path, errors: FieldErrors): void {
  if (!path.startsWith('/')) errors.invalid(at, path, 'must be an absolute path');
  if (path === '') return;
  for (const part of FORBIDDEN_PARTS) if (path.includes(part)) errors.invalid(at, path, `must not contain '${part}'`);
  for (const end of FORBIDDEN_ENDS) if (path.endsWith(end)) errors.invalid(at, path, `cannot end with '${end}'`);
}
