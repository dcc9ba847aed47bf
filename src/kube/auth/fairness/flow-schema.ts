import type { KubeObject, Shared } from '#kube/api';
import { splitServiceAccountName } from '../authenticate/names.ts';
import type { RequestInfo, UserInfo } from '../contract.ts';

interface Subject {
  readonly kind?: string;
  readonly user?: { readonly name?: string };
  readonly group?: { readonly name?: string };
  readonly serviceAccount?: { readonly namespace?: string; readonly name?: string };
}

interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly clusterScope?: boolean;
  readonly namespaces?: readonly string[];
}

interface PathRule {
  readonly verbs: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

interface Rule {
  readonly subjects?: readonly Subject[];
  readonly resourceRules?: readonly ResourceRule[];
  readonly nonResourceRules?: readonly PathRule[];
}

interface Spec {
  readonly priorityLevelConfiguration?: { readonly name?: string };
  readonly matchingPrecedence?: number;
  readonly distinguisherMethod?: { readonly type?: string } | null;
  readonly rules?: readonly Rule[];
}

/** A FlowSchema, made ready for matching. */
export interface FlowSchema {
  readonly name: string;
  readonly uid: string;
  readonly level: string;
  /** Requests are matched by the schema with the lowest one; of equal ones by name. */
  readonly precedence: number;
  readonly distinguisher: 'ByUser' | 'ByNamespace' | undefined;
  readonly rules: readonly Rule[];
}

/** Reads a FlowSchema (flowcontrol.apiserver.k8s.io/v1). */
export function readFlowSchema(object: Shared<KubeObject>): FlowSchema {
  const {
    priorityLevelConfiguration,
    matchingPrecedence = 1000,
    distinguisherMethod,
    rules = [],
  } = (object.spec ?? {}) as Spec;
  const type = distinguisherMethod?.type;
  return {
    name: object.metadata.name ?? '',
    uid: object.metadata.uid ?? '',
    level: priorityLevelConfiguration?.name ?? '',
    precedence: matchingPrecedence,
    distinguisher: type === 'ByUser' || type === 'ByNamespace' ? type : undefined,
    rules,
  };
}

/** The rules of a schema that are about a user: the same for all requests of that user. */
export function rulesAbout(schema: FlowSchema, user: UserInfo): readonly Rule[] {
  return schema.rules.filter(({ subjects = [] }) => subjects.some((subject) => isAbout(subject, user)));
}

function isAbout({ kind, user, group, serviceAccount }: Subject, who: UserInfo): boolean {
  if (kind === 'User') return user?.name === '*' || user?.name === who.name;
  if (kind === 'Group') return group?.name === '*' || who.groups.includes(group?.name ?? '');
  if (kind !== 'ServiceAccount') return false;
  const account = splitServiceAccountName(who.name);
  if (account === undefined || account.namespace !== serviceAccount?.namespace) return false;
  return serviceAccount.name === '*' || serviceAccount.name === account.name;
}

/** Is one of the rules about this request? */
export function matchesRequest(rules: readonly Rule[], info: RequestInfo): boolean {
  for (const { resourceRules = [], nonResourceRules = [] } of rules) {
    if (
      info.isResourceRequest
        ? resourceRules.some((one) => isResource(one, info))
        : nonResourceRules.some((one) => isPath(one, info))
    ) {
      return true;
    }
  }
  return false;
}

function isResource(
  { verbs, apiGroups, resources, clusterScope, namespaces = [] }: ResourceRule,
  info: RequestInfo,
): boolean {
  if (!has(verbs, info.verb) || !has(apiGroups, info.apiGroup)) return false;
  if (!has(resources, info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`)) return false;
  return info.namespace === '' ? clusterScope === true : has(namespaces, info.namespace);
}

function isPath({ verbs, nonResourceURLs }: PathRule, { verb, path }: RequestInfo): boolean {
  if (!has(verbs, verb)) return false;
  return nonResourceURLs.some(
    (url) => url === '*' || url === path || (url.endsWith('/*') && path.startsWith(url.slice(0, -1))),
  );
}

function has(values: readonly string[], value: string): boolean {
  return values.includes('*') || values.includes(value);
}
