import { badRequest } from '#kube/api';
import { pathQuestion, resourceQuestion } from '../authorize/question.ts';
import type { Authorizer, SubjectRules, UserInfo } from '../contract.ts';
import { type SelectorAttributes, selectorText } from './selectors.ts';

/** `spec` of the reviews of access; the one about oneself has no user. */
export interface AccessReviewSpec {
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  readonly resourceAttributes?: {
    readonly namespace?: string;
    readonly verb?: string;
    readonly group?: string;
    readonly version?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
    readonly fieldSelector?: SelectorAttributes;
    readonly labelSelector?: SelectorAttributes;
  };
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
}

/** `status` of a SubjectAccessReview, LocalSubjectAccessReview and SelfSubjectAccessReview. */
export interface AccessReviewStatus {
  readonly allowed: boolean;
  readonly denied?: true;
  readonly reason?: string;
  readonly evaluationError?: string;
}

/** The user that a SubjectAccessReview asks about. */
export function reviewedUser({ user = '', groups = [], uid, extra }: AccessReviewSpec): UserInfo {
  return { name: user, groups, ...(uid === undefined ? {} : { uid }), ...(extra === undefined ? {} : { extra }) };
}

/** May `user` do what the review says? The spec is valid: exactly one kind of attributes is there. */
export async function reviewAccess(
  authorizer: Authorizer,
  user: UserInfo,
  spec: AccessReviewSpec,
): Promise<AccessReviewStatus> {
  const errors: string[] = [];
  const { decision, reason } = await authorizer.authorize(questionOf(user, spec, errors));
  return {
    allowed: decision === 'allow',
    ...(decision === 'deny' ? { denied: true } : {}),
    ...(reason === '' ? {} : { reason }),
    ...(errors.length === 0 ? {} : { evaluationError: errors.join(', ') }),
  };
}

function questionOf(user: UserInfo, { resourceAttributes, nonResourceAttributes }: AccessReviewSpec, errors: string[]) {
  if (resourceAttributes === undefined) {
    const { verb = '', path = '' } = nonResourceAttributes ?? {};
    return pathQuestion(user, verb, path);
  }
  const { namespace, verb = '', group = '', version, resource = '', subresource, name } = resourceAttributes;
  const fieldSelector = selectorText(resourceAttributes.fieldSelector, 'field', errors);
  const labelSelector = selectorText(resourceAttributes.labelSelector, 'label', errors);
  return resourceQuestion(user, {
    verb,
    apiGroup: group,
    resource,
    ...(version === undefined ? {} : { apiVersion: version }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(name === undefined ? {} : { name }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
  });
}

/** `status` of a SelfSubjectRulesReview: all that `user` may do in a namespace. Rejects with a 400 without one. */
export async function reviewRules(
  authorizer: Authorizer,
  user: UserInfo,
  namespace: string | undefined,
): Promise<SubjectRules> {
  if (!namespace) throw badRequest('no namespace on request');
  const rules = await authorizer.rulesFor?.(user, namespace);
  return rules ?? { resourceRules: [], nonResourceRules: [], incomplete: true };
}
