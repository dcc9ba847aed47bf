import { HakoError, parseYaml } from '#base';
import type { RequestInfo, UserInfo } from '../contract.ts';

/** How much of a request is written down, from nothing to both bodies. */
export type AuditLevel = 'None' | 'Metadata' | 'Request' | 'RequestResponse';

/** When an event is written. */
export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

const LEVELS: ReadonlySet<string> = new Set(['None', 'Metadata', 'Request', 'RequestResponse']);
const STAGES: ReadonlySet<string> = new Set(['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic']);

interface AuditRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly {
    readonly group?: string;
    readonly resources?: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

/** A policy file (`audit.k8s.io/v1` Policy). */
export interface AuditPolicy {
  readonly rules: readonly AuditRule[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

/** What the policy wants of a request. */
export interface AuditDecision {
  readonly level: AuditLevel;
  readonly omitStages: ReadonlySet<AuditStage>;
  readonly omitManagedFields: boolean;
}

/** Reads a policy from YAML or JSON. Throws a HakoError (`invalid`) that names what is wrong with it. */
export function parseAuditPolicy(text: string): AuditPolicy {
  const value = parseYaml(text) as Partial<AuditPolicy & { apiVersion: string; kind: string }> | null;
  if (value?.apiVersion !== 'audit.k8s.io/v1' || value.kind !== 'Policy') {
    throw wrong('it must be of apiVersion audit.k8s.io/v1 and kind Policy');
  }
  const { rules = [], omitStages = [] } = value;
  if (!Array.isArray(rules) || rules.length === 0) throw wrong('it has no rules');
  checkStages(omitStages, 'omitStages');
  for (const [index, rule] of rules.entries()) checkRule(rule, `rules[${index}]`);
  return value as AuditPolicy;
}

function checkRule(rule: AuditRule, path: string): void {
  if (!LEVELS.has(rule?.level)) throw wrong(`${path}.level: use None, Metadata, Request or RequestResponse`);
  checkStages(rule.omitStages ?? [], `${path}.omitStages`);
  const lists = [rule.users, rule.userGroups, rule.verbs, rule.resources, rule.namespaces, rule.nonResourceURLs];
  if (lists.some((list) => list !== undefined && !Array.isArray(list)))
    throw wrong(`${path}: its conditions are lists`);
  const hasResources = (rule.resources?.length ?? 0) + (rule.namespaces?.length ?? 0) > 0;
  if (hasResources && (rule.nonResourceURLs?.length ?? 0) > 0) {
    throw wrong(`${path}: rules cannot apply to both regular resources and non-resource URLs`);
  }
}

function checkStages(stages: readonly string[], path: string): void {
  if (!Array.isArray(stages) || stages.some((stage) => !STAGES.has(stage))) {
    throw wrong(`${path}: use RequestReceived, ResponseStarted, ResponseComplete or Panic`);
  }
}

function wrong(why: string): HakoError {
  return new HakoError('invalid', `the audit policy cannot be used: ${why}`);
}

const NOTHING: AuditDecision = { level: 'None', omitStages: new Set(), omitManagedFields: false };

/** What the first rule that is about a request says of it; without one, nothing is written. */
export function decide(policy: AuditPolicy, info: RequestInfo, user: UserInfo): AuditDecision {
  const rule = policy.rules.find((one) => isAbout(one, info, user));
  if (rule === undefined || rule.level === 'None') return NOTHING;
  return {
    level: rule.level,
    omitStages: new Set([...(policy.omitStages ?? []), ...(rule.omitStages ?? [])]),
    omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields ?? false,
  };
}

function isAbout(rule: AuditRule, info: RequestInfo, user: UserInfo): boolean {
  const { users = [], userGroups = [], verbs = [], resources = [], namespaces = [], nonResourceURLs = [] } = rule;
  if (users.length > 0 && !users.includes(user.name)) return false;
  if (userGroups.length > 0 && !user.groups.some((group) => userGroups.includes(group))) return false;
  if (verbs.length > 0 && !verbs.includes(info.verb)) return false;
  if (namespaces.length > 0 || resources.length > 0) {
    if (!info.isResourceRequest) return false;
    if (namespaces.length > 0 && !namespaces.includes(info.namespace)) return false;
    return resources.length === 0 || resources.some((one) => isResource(one, info));
  }
  if (nonResourceURLs.length === 0) return true;
  return !info.isResourceRequest && nonResourceURLs.some((url) => isPath(url, info.path));
}

type ResourceCondition = NonNullable<AuditRule['resources']>[number];

function isResource({ group = '', resources = [], resourceNames = [] }: ResourceCondition, info: RequestInfo): boolean {
  const { apiGroup, resource, subresource, name } = info;
  if (group !== apiGroup) return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(name)) return false;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some(
    (one) =>
      one === '*' || one === whole || one === `${resource}/*` || (subresource !== '' && one === `*/${subresource}`),
  );
}

function isPath(url: string, path: string): boolean {
  return url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)));
}
