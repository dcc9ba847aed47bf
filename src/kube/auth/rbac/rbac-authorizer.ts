import type {
  AuthorizationAttributes,
  AuthorizationDecision,
  Authorizer,
  SubjectRules,
  UserInfo,
} from '../contract.ts';
import { type Objects, RESOURCES } from '../objects.ts';
import { type BindingIndex, clusterIndex, type Grant, namespaceIndex } from './bindings.ts';
import { allows } from './match.ts';
import type { PolicyRule } from './types.ts';

/** The rules that hold for a user, and what went wrong while they were collected. */
export interface ResolvedRules {
  readonly rules: readonly PolicyRule[];
  readonly errors: readonly string[];
}

const NO_GRANTS: readonly Grant[] = [];
const NO_OPINION: AuthorizationDecision = { decision: 'noOpinion', reason: '' };

/**
 * Rights by roles and bindings. Who gets what is indexed by user and group, for the cluster and for each namespace that is asked for,
 * and made anew after changes; a decision costs a few look-ups.
 */
export class RbacAuthorizer implements Authorizer, Disposable {
  readonly #objects: Objects;
  readonly #subscriptions: readonly Disposable[];
  #cluster: BindingIndex | undefined;
  readonly #namespaces = new Map<string, BindingIndex>();

  constructor(objects: Objects) {
    this.#objects = objects;
    const forgetNamespaces = () => this.#namespaces.clear();
    const forgetAll = () => {
      this.#cluster = undefined;
      this.#namespaces.clear();
    };
    this.#subscriptions = [
      objects.subscribe(RESOURCES.clusterRoles, forgetAll),
      objects.subscribe(RESOURCES.clusterRoleBindings, () => {
        this.#cluster = undefined;
      }),
      objects.subscribe(RESOURCES.roles, forgetNamespaces),
      objects.subscribe(RESOURCES.roleBindings, forgetNamespaces),
    ];
  }

  authorize(attributes: AuthorizationAttributes): AuthorizationDecision {
    const { user, namespace } = attributes;
    const missing: string[] = [];
    for (const index of this.#indexes(namespace)) {
      const grant =
        findGrant(index.users.get(user.name), attributes, missing) ?? findGroupGrant(index, attributes, missing);
      if (grant !== undefined) return { decision: 'allow', reason: grant.reason };
    }
    return missing.length === 0 ? NO_OPINION : { decision: 'noOpinion', reason: `RBAC: ${aggregate(missing)}` };
  }

  /** All rules that hold for a user: those of the cluster, and of a namespace unless that is ''. */
  resolve(user: UserInfo, namespace: string): ResolvedRules {
    const grants = this.#indexes(namespace).flatMap((index) => [
      ...(index.users.get(user.name) ?? NO_GRANTS),
      ...user.groups.flatMap((group) => index.groups.get(group) ?? NO_GRANTS),
    ]);
    return {
      rules: grants.flatMap((grant) => grant.policyRules),
      errors: [...new Set(grants.filter((grant) => grant.rules === undefined).map((grant) => grant.reason))],
    };
  }

  async rulesFor(user: UserInfo, namespace: string): Promise<SubjectRules> {
    const { rules, errors } = this.resolve(user, namespace);
    return {
      resourceRules: rules.filter((rule) => (rule.resources?.length ?? 0) > 0).map(resourceRule),
      nonResourceRules: rules
        .filter((rule) => (rule.nonResourceURLs?.length ?? 0) > 0)
        .map(({ verbs, nonResourceURLs = [] }) => ({ verbs: [...verbs], nonResourceURLs: [...nonResourceURLs] })),
      incomplete: errors.length > 0,
      ...(errors.length === 0 ? {} : { evaluationError: aggregate(errors) }),
    };
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
  }

  #indexes(namespace: string): readonly BindingIndex[] {
    this.#cluster ??= clusterIndex(this.#objects);
    if (namespace === '') return [this.#cluster];
    let index = this.#namespaces.get(namespace);
    if (index === undefined) {
      index = namespaceIndex(this.#objects, namespace);
      // Anybody can ask for any namespace: names that hold nothing are not worth remembering.
      if (index.users.size > 0 || index.groups.size > 0 || this.#namespaces.size < MAX_EMPTY) {
        this.#namespaces.set(namespace, index);
      }
    }
    return [this.#cluster, index];
  }
}

const MAX_EMPTY = 10_000;

function findGroupGrant(index: BindingIndex, attributes: AuthorizationAttributes, missing: string[]) {
  for (const group of attributes.user.groups) {
    const grant = findGrant(index.groups.get(group), attributes, missing);
    if (grant !== undefined) return grant;
  }
  return undefined;
}

function findGrant(grants: readonly Grant[] | undefined, attributes: AuthorizationAttributes, missing: string[]) {
  if (grants === undefined) return undefined;
  for (const grant of grants) {
    if (grant.rules === undefined) missing.push(grant.reason);
    else if (allows(grant.rules, attributes)) return grant;
  }
  return undefined;
}

/** As upstream prints several errors: one alone, several in brackets, each once. */
function aggregate(errors: readonly string[]): string {
  const each = [...new Set(errors)];
  return each.length === 1 ? (each[0] as string) : `[${each.join(', ')}]`;
}

function resourceRule({ verbs, apiGroups, resources, resourceNames }: PolicyRule) {
  return {
    verbs: [...verbs],
    ...(apiGroups === undefined ? {} : { apiGroups: [...apiGroups] }),
    ...(resources === undefined ? {} : { resources: [...resources] }),
    ...(resourceNames === undefined ? {} : { resourceNames: [...resourceNames] }),
  };
}
