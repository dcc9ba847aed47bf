import {
  type AuthorizationAttributes,
  type AuthorizationDecision,
  type Authorizer,
  pathQuestion,
  resourceQuestion,
  type UserInfo,
} from '#kube/auth';
import { EvaluationError, Opaque, type Overload, overload } from '#kube/cel';

/** What a check costs: as much as upstream counts for it. */
const CHECK_COST = 350_000;

/** The `authorizer` of expressions: asks what a user may. */
export class AuthorizerValue extends Opaque {
  readonly typeName = 'kubernetes.authorization.Authorizer';
  readonly authorizer: Authorizer;
  readonly user: UserInfo;

  constructor(authorizer: Authorizer, user: UserInfo) {
    super();
    this.authorizer = authorizer;
    this.user = user;
  }

  equals(other: Opaque): boolean {
    return this === other;
  }
}

class PathCheck extends Opaque {
  readonly typeName = 'kubernetes.authorization.PathCheck';
  readonly by: AuthorizerValue;
  readonly path: string;

  constructor(by: AuthorizerValue, path: string) {
    super();
    this.by = by;
    this.path = path;
  }

  equals(other: Opaque): boolean {
    return this === other;
  }
}

class GroupCheck extends Opaque {
  readonly typeName = 'kubernetes.authorization.GroupCheck';
  readonly by: AuthorizerValue;
  readonly group: string;

  constructor(by: AuthorizerValue, group: string) {
    super();
    this.by = by;
    this.group = group;
  }

  equals(other: Opaque): boolean {
    return this === other;
  }
}

/** What is asked about. */
interface Asked {
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** A question about a resource, as far as it is put. */
export class ResourceCheck extends Opaque {
  readonly typeName = 'kubernetes.authorization.ResourceCheck';
  readonly by: AuthorizerValue;
  readonly asked: Asked;

  constructor(by: AuthorizerValue, asked: Asked) {
    super();
    this.by = by;
    this.asked = asked;
  }

  equals(other: Opaque): boolean {
    return this === other;
  }

  with(more: Partial<Asked>): ResourceCheck {
    return new ResourceCheck(this.by, { ...this.asked, ...more });
  }
}

class Decision extends Opaque {
  readonly typeName = 'kubernetes.authorization.Decision';
  readonly decision: AuthorizationDecision;

  constructor(decision: AuthorizationDecision) {
    super();
    this.decision = decision;
  }

  equals(other: Opaque): boolean {
    return other instanceof Decision && other.decision.decision === this.decision.decision;
  }
}

function ask({ authorizer }: AuthorizerValue, question: AuthorizationAttributes): Decision {
  const decision = authorizer.authorize(question);
  if (decision instanceof Promise) throw new EvaluationError('the authorizer answers too late for expressions');
  return new Decision(decision);
}

function serviceAccount({ authorizer }: AuthorizerValue, namespace: string, name: string): AuthorizerValue {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return new AuthorizerValue(authorizer, { name: `system:serviceaccount:${namespace}:${name}`, groups });
}

const PRICE = { cost: () => CHECK_COST };

/** The functions of `authorizer`. */
export const authorizerFunctions: readonly Overload[] = [
  overload('Authorizer.path(string): PathCheck', (by: AuthorizerValue, path: string) => new PathCheck(by, path)),
  overload('Authorizer.group(string): GroupCheck', (by: AuthorizerValue, group: string) => new GroupCheck(by, group)),
  overload('Authorizer.serviceAccount(string, string): Authorizer', serviceAccount),
  overload('GroupCheck.resource(string): ResourceCheck', (check: GroupCheck, resource: string) => {
    return new ResourceCheck(check.by, { apiGroup: check.group, resource });
  }),
  overload('ResourceCheck.subresource(string): ResourceCheck', (check: ResourceCheck, subresource: string) =>
    check.with({ subresource }),
  ),
  overload('ResourceCheck.namespace(string): ResourceCheck', (check: ResourceCheck, namespace: string) =>
    check.with({ namespace }),
  ),
  overload('ResourceCheck.name(string): ResourceCheck', (check: ResourceCheck, name: string) => check.with({ name })),
  overload('ResourceCheck.fieldSelector(string): ResourceCheck', (check: ResourceCheck, fieldSelector: string) =>
    check.with({ fieldSelector }),
  ),
  overload('ResourceCheck.labelSelector(string): ResourceCheck', (check: ResourceCheck, labelSelector: string) =>
    check.with({ labelSelector }),
  ),
  overload(
    'ResourceCheck.check(string): Decision',
    ({ by, asked }: ResourceCheck, verb: string) => ask(by, resourceQuestion(by.user, { verb, ...asked })),
    PRICE,
  ),
  overload(
    'PathCheck.check(string): Decision',
    ({ by, path }: PathCheck, verb: string) => ask(by, pathQuestion(by.user, verb, path)),
    PRICE,
  ),
  overload('Decision.allowed(): bool', ({ decision }: Decision) => decision.decision === 'allow'),
  overload('Decision.reason(): string', ({ decision }: Decision) => decision.reason),
  overload('Decision.errored(): bool', () => false),
  overload('Decision.error(): string', () => ''),
];
