import type { FieldErrors, Path } from '../../values/mod.ts';

/** `RuleWithOperations`; policies may name objects besides. */
export interface AdmissionRule {
  operations?: string[];
  apiGroups?: string[];
  apiVersions?: string[];
  resources?: string[];
  scope?: string;
  resourceNames?: string[];
}

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];

/** A rule without a scope is for both. */
export function setRuleDefaults(rules: readonly AdmissionRule[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*';
}

/** Complaints about which requests are meant. */
export function validateAdmissionRules(rules: readonly AdmissionRule[], path: Path, errors: FieldErrors): void {
  rules.forEach((rule, i) => {
    validateRule(rule, path.index(i), errors);
  });
}

function validateRule(rule: AdmissionRule, path: Path, errors: FieldErrors): void {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  validateOperations(operations, path.child('operations'), errors);
  validateNames(apiGroups, 'other API groups', path.child('apiGroups'), errors);
  validateNames(apiVersions, 'other API versions', path.child('apiVersions'), errors);
  apiVersions.forEach((version, i) => {
    if (version === '') errors.required(path.child('apiVersions').index(i));
  });
  validateResources(resources, path.child('resources'), errors);
  if (scope !== undefined && !SCOPES.includes(scope)) errors.notSupported(path.child('scope'), scope, SCOPES);
}

function validateOperations(operations: readonly string[], path: Path, errors: FieldErrors): void {
  validateNames(operations, 'other operations', path, errors);
  operations.forEach((operation, i) => {
    if (!OPERATIONS.includes(operation)) errors.notSupported(path.index(i), operation, OPERATIONS);
  });
}

function validateNames(names: readonly string[], others: string, path: Path, errors: FieldErrors): void {
  if (names.length === 0) errors.required(path);
  if (names.length > 1 && names.includes('*'))
    errors.invalid(path, names, `if '*' is present, must not specify ${others}`);
}

/** `pods`, `pods/status`, `*`, `pods/*`, `*` with a part, and all of all: none may be said twice. */
function validateResources(resources: readonly string[], path: Path, errors: FieldErrors): void {
  if (resources.length === 0) errors.required(path);
  const wholes = new Set<string>();
  const everywhere = new Set<string>();
  resources.forEach((text, i) => {
    const at = path.index(i);
    if (text === '') {
      errors.required(at);
      return;
    }
    const [resource = '', part] = split(text);
    if (wholes.has(resource)) errors.invalid(at, text, `if '${resource}/*' is present, must not specify ${text}`);
    if (part !== undefined && everywhere.has(part))
      errors.invalid(at, text, `if '*/${part}' is present, must not specify ${text}`);
    if (part === '*' && resource !== '*') wholes.add(resource);
    if (resource === '*' && part !== undefined && part !== '*') everywhere.add(part);
  });
  if (resources.length > 1 && resources.includes('*/*'))
    errors.invalid(path, resources, "if '*/*' is present, must not specify other resources");
  if (resources.includes('*') && resources.some((text) => text !== '*' && !text.includes('/')))
    errors.invalid(path, resources, "if '*' is present, must not specify other resources without subresources");
}

function split(text: string): [resource: string, part: string | undefined] {
  const slash = text.indexOf('/');
  return slash < 0 ? [text, undefined] : [text.slice(0, slash), text.slice(slash + 1)];
}
