import { errorMessage, log } from '#base';
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from '../contract.ts';
import type { AccessReviewStatus } from '../reviews/access-review.ts';
import { LruCache } from '../tokens/lru-cache.ts';
import type { ReviewService } from './kubeconfig.ts';

/** How long answers are remembered, and what holds when there is none. */
export interface AuthorizationWebhookOptions {
  readonly allowedTtlMs?: number;
  readonly refusedTtlMs?: number;
  readonly failurePolicy?: 'NoOpinion' | 'Deny';
  readonly nowMs?: () => number;
}

const MAX_CACHED = 8192;

/** Has a remote service decide (SubjectAccessReview, authorization.k8s.io/v1). */
export function authorizationWebhook(service: ReviewService, options: AuthorizationWebhookOptions = {}): Authorizer {
  const { allowedTtlMs = 300_000, refusedTtlMs = 30_000, failurePolicy = 'NoOpinion', nowMs = Date.now } = options;
  const known = new LruCache<string, { readonly untilMs: number; readonly decision: AuthorizationDecision }>(
    MAX_CACHED,
  );
  return {
    authorize(attributes) {
      const spec = specOf(attributes);
      const key = JSON.stringify(spec);
      const found = known.get(key);
      if (found !== undefined && nowMs() < found.untilMs) return found.decision;
      return ask(service, spec).then(
        (decision) => {
          const ttlMs = decision.decision === 'allow' ? allowedTtlMs : refusedTtlMs;
          known.set(key, { untilMs: nowMs() + ttlMs, decision });
          return decision;
        },
        (error: unknown) => {
          log.warn('the authorization webhook cannot be asked', { error: errorMessage(error) });
          const decision = failurePolicy === 'Deny' ? 'deny' : 'noOpinion';
          return { decision, reason: 'the authorization webhook cannot be asked' };
        },
      );
    },
    rulesFor: async () => ({
      resourceRules: [],
      nonResourceRules: [],
      incomplete: true,
      evaluationError: 'webhook authorizer does not support user rule resolution',
    }),
  };
}

async function ask(service: ReviewService, spec: object): Promise<AuthorizationDecision> {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  const { status } = ((await service.ask(review)) ?? {}) as { status?: AccessReviewStatus };
  const reason = status?.reason ?? '';
  // Who says both yes and no is not believed the yes.
  if (status?.denied === true) return { decision: 'deny', reason };
  return { decision: status?.allowed === true ? 'allow' : 'noOpinion', reason };
}

function specOf(attributes: AuthorizationAttributes): object {
  const {
    user,
    verb,
    path,
    apiGroup,
    apiVersion,
    namespace,
    resource,
    subresource,
    name,
    fieldSelector,
    labelSelector,
  } = attributes;
  const what = attributes.isResourceRequest
    ? {
        resourceAttributes: {
          namespace,
          verb,
          group: apiGroup,
          version: apiVersion,
          resource,
          subresource,
          name,
          ...(fieldSelector === undefined ? {} : { fieldSelector: { rawSelector: fieldSelector } }),
          ...(labelSelector === undefined ? {} : { labelSelector: { rawSelector: labelSelector } }),
        },
      }
    : { nonResourceAttributes: { path, verb } };
  return { user: user.name, uid: user.uid, groups: user.groups, extra: user.extra, ...what };
}
