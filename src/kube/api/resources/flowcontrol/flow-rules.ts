import { dnsLabelErrors, dnsSubdomainErrors, type FieldErrors, type Path } from '../../values/mod.ts';
import type { FlowSubject, PolicyRulesWithSubjects, ResourcePolicyRule } from './types.ts';

const ALL = '*';
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
const SUBJECT_KINDS = ['Group', 'ServiceAccount', 'User'];

/** Complaints about which requests a flow schema is for. */
export function validateFlowRules(rules: readonly PolicyRulesWithSubjects[], path: Path, errors: FieldErrors): void {
  rules.forEach((rule, i) => {
    const at = path.index(i);
    const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
    if (subjects.length === 0) errors.required(at.child('subjects'), 'subjects must contain at least one value');
    subjects.forEach((subject, n) => {
      validateSubject(subject, at.child('subjects').index(n), errors);
    });
    if (resourceRules.length === 0 && nonResourceRules.length === 0)
      errors.required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty');
    resourceRules.forEach((resourceRule, n) => {
      validateResourceRule(resourceRule, at.child('resourceRules').index(n), errors);
    });
    nonResourceRules.forEach(({ verbs = [], nonResourceURLs = [] }, n) => {
      const pathAt = at.child('nonResourceRules').index(n);
      validateVerbs(verbs, pathAt.child('verbs'), errors);
      validateUrls(nonResourceURLs, pathAt.child('nonResourceURLs'), errors);
    });
  });
}

function validateSubject(subject: FlowSubject, path: Path, errors: FieldErrors): void {
  const { kind = '', user, group, serviceAccount } = subject;
  const found = { User: user, Group: group, ServiceAccount: serviceAccount };
  if (!SUBJECT_KINDS.includes(kind)) errors.notSupported(path.child('kind'), kind, SUBJECT_KINDS);
  for (const [name, part] of Object.entries(found)) {
    const field = path.child(`${name[0]?.toLowerCase()}${name.slice(1)}`);
    if (name === kind && part === undefined)
      errors.required(field, `${fieldName(name)} is required when subject kind is '${kind}'`);
    else if (name !== kind && part !== undefined)
      errors.forbidden(field, `${fieldName(name)} is forbidden when subject kind is not '${name}'`);
    else if (part !== undefined && (part.name ?? '') === '') errors.required(field.child('name'));
  }
  if (kind === 'ServiceAccount' && serviceAccount !== undefined)
    validateAccount(serviceAccount, path.child('serviceAccount'), errors);
}

function fieldName(kind: string): string {
  return `${kind[0]?.toLowerCase()}${kind.slice(1)}`;
}

function validateAccount(
  { namespace = '', name = '' }: { namespace?: string; name?: string },
  path: Path,
  errors: FieldErrors,
) {
  if (name !== '' && name !== ALL) errors.invalidEach(path.child('name'), name, dnsSubdomainErrors(name));
  if (namespace === '') errors.required(path.child('namespace'), 'must specify namespace for service account');
  else errors.invalidEach(path.child('namespace'), namespace, dnsLabelErrors(namespace));
}

function validateResourceRule(rule: ResourcePolicyRule, path: Path, errors: FieldErrors): void {
  const { verbs = [], apiGroups = [], resources = [], clusterScope = false, namespaces = [] } = rule;
  validateVerbs(verbs, path.child('verbs'), errors);
  validateAlone(apiGroups, 'resource rules must supply at least one api group', path.child('apiGroups'), errors);
  validateAlone(resources, 'resource rules must supply at least one resource', path.child('resources'), errors);
  const at = path.child('namespaces');
  if (namespaces.length === 0 && !clusterScope)
    errors.required(at, 'resource rules that are not cluster scoped must supply at least one namespace');
  else if (namespaces.length > 1 && namespaces.includes(ALL))
    errors.invalid(at, namespaces, "if '*' is present, must not specify other namespaces");
  else
    namespaces.forEach((namespace, i) => {
      if (namespace !== ALL) errors.invalidEach(at.index(i), namespace, dnsLabelErrors(namespace));
    });
}

function validateVerbs(verbs: readonly string[], path: Path, errors: FieldErrors): void {
  validateAlone(verbs, 'verbs must contain at least one value', path, errors);
  if (verbs.includes(ALL)) return;
  const unknown = verbs.filter((verb) => !VERBS.includes(verb));
  if (unknown.length > 0) errors.notSupported(path, verbs, VERBS);
}

/** At least one, and `*` on its own. */
function validateAlone(values: readonly string[], none: string, path: Path, errors: FieldErrors): void {
  if (values.length === 0) errors.required(path, none);
  else if (values.length > 1 && values.includes(ALL))
    errors.invalid(path, values, `if '*' is present, must not specify other ${lastName(path)}`);
}

function lastName(path: Path): string {
  const name = path.toString().split('.').at(-1) ?? '';
  return name === 'apiGroups' ? 'api groups' : name;
}

function validateUrls(urls: readonly string[], path: Path, errors: FieldErrors): void {
  if (urls.length === 0) errors.required(path, 'nonResourceURLs must contain at least one value');
  else if (urls.includes(ALL)) {
    if (urls.length > 1) errors.invalid(path, urls, "if '*' is present, must not specify other non-resource URLs");
  } else
    urls.forEach((url, i) => {
      validateUrl(url, path.index(i), errors);
    });
}

function validateUrl(url: string, path: Path, errors: FieldErrors): void {
  if (url === '') errors.invalid(path, url, 'must not be empty');
  else if (!url.startsWith('/')) errors.invalid(path, url, 'must start with slash');
  else if (url.includes(' ')) errors.invalid(path, url, 'must not contain white-space');
  else if (url.includes('//')) errors.invalid(path, url, 'must not contain double slash');
  else if (url.slice(0, -1).includes(ALL)) errors.invalid(path, url, 'wildcard can only do suffix matching');
  else if (url.endsWith(ALL) && !url.endsWith('/*'))
    errors.invalid(path, url, 'wildcard can only match complete path segments');
}
