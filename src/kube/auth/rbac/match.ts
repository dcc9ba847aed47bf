import type { AuthorizationAttributes } from '../contract.ts';
import type { PolicyRule } from './types.ts';

/** A rule in the form that is asked quickly: undefined stands for `*`. */
interface CompiledRule {
  readonly verbs: ReadonlySet<string> | undefined;
  readonly groups: ReadonlySet<string> | undefined;
  readonly resources: ReadonlySet<string> | undefined;
  /** Empty: every name. */
  readonly names: ReadonlySet<string>;
  readonly exactPaths: ReadonlySet<string>;
  readonly pathPrefixes: readonly string[];
}

/** The rules of one role, made ready. */
export interface CompiledRules {
  readonly resourceRules: readonly CompiledRule[];
  readonly pathRules: readonly CompiledRule[];
}

/** Makes the rules of a role ready; called once for each role that changes. */
export function compileRules(rules: readonly PolicyRule[]): CompiledRules {
  return {
    resourceRules: rules.filter((rule) => (rule.resources?.length ?? 0) > 0).map(compile),
    pathRules: rules.filter((rule) => (rule.nonResourceURLs?.length ?? 0) > 0).map(compile),
  };
}

function compile(rule: PolicyRule): CompiledRule {
  const paths = rule.nonResourceURLs ?? [];
  return {
    verbs: setUnlessAll(rule.verbs),
    groups: setUnlessAll(rule.apiGroups),
    resources: setUnlessAll(rule.resources),
    names: new Set(rule.resourceNames),
    exactPaths: new Set(paths.filter((path) => !path.endsWith('*'))),
    pathPrefixes: paths.filter((path) => path.endsWith('*')).map((path) => path.slice(0, -1)),
  };
}

function setUnlessAll(values: readonly string[] = []): ReadonlySet<string> | undefined {
  return values.includes('*') ? undefined : new Set(values);
}

/** Does one of the rules allow it? */
export function allows(rules: CompiledRules, attributes: AuthorizationAttributes): boolean {
  return attributes.isResourceRequest ? allowsResource(rules, attributes) : allowsPath(rules, attributes);
}

function allowsResource({ resourceRules }: CompiledRules, attributes: AuthorizationAttributes): boolean {
  const { verb, apiGroup, resource, subresource, name } = attributes;
  for (const rule of resourceRules) {
    if (rule.verbs?.has(verb) === false || rule.groups?.has(apiGroup) === false) continue;
    if (rule.names.size > 0 && !rule.names.has(name)) continue;
    const { resources } = rule;
    if (resources === undefined) return true;
    if (subresource === '' ? resources.has(resource) : hasSubresource(resources, resource, subresource)) return true;
  }
  return false;
}

/** A right on `pods` says nothing of `pods/exec`: that is `pods/exec`, or `*` + `/exec`. */
function hasSubresource(resources: ReadonlySet<string>, resource: string, subresource: string): boolean {
  return resources.has(`${resource}/${subresource}`) || resources.has(`*/${subresource}`);
}

function allowsPath({ pathRules }: CompiledRules, { verb, path }: AuthorizationAttributes): boolean {
  for (const rule of pathRules) {
    if (rule.verbs?.has(verb) === false) continue;
    if (rule.exactPaths.has(path) || rule.pathPrefixes.some((prefix) => path.startsWith(prefix))) return true;
  }
  return false;
}
