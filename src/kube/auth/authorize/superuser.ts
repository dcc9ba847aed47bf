import { GROUPS } from '../authenticate/names.ts';
import type { AuthorizationDecision, Authorizer, SubjectRules } from '../contract.ts';

const ALLOWED: AuthorizationDecision = { decision: 'allow', reason: '' };
const NO_OPINION: AuthorizationDecision = { decision: 'noOpinion', reason: '' };

/** The rules of those who may do everything. */
const ALL_RULES: SubjectRules = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  incomplete: false,
};

const NO_RULES: SubjectRules = { resourceRules: [], nonResourceRules: [], incomplete: false };

/** `system:masters` may do everything, whatever roles say: the way back in after a mistake. */
export const superuserAuthorizer: Authorizer = {
  authorize: ({ user }) => (user.groups.includes(GROUPS.masters) ? ALLOWED : NO_OPINION),
  rulesFor: async (user) => (user.groups.includes(GROUPS.masters) ? ALL_RULES : NO_RULES),
};

/** Everybody may do everything. */
export const alwaysAllowAuthorizer: Authorizer = {
  authorize: () => ALLOWED,
  rulesFor: async () => ALL_RULES,
};
