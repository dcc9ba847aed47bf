import { createHash } from 'node:crypto';
import { badCredentials } from '../authenticate/bad-credentials.ts';
import type { TokenAuthenticator } from '../authenticate/token-authenticator.ts';
import type { Authentication } from '../contract.ts';
import type { TokenReviewStatus } from '../reviews/token-review.ts';
import { LruCache } from '../tokens/lru-cache.ts';
import type { ReviewService } from './kubeconfig.ts';

/** How long answers are remembered; 0: not at all. */
export interface TokenWebhookOptions {
  readonly ttlMs?: number;
  readonly nowMs?: () => number;
}

const MAX_CACHED = 4096;

/** Has a remote service say whose a token is (TokenReview, authentication.k8s.io/v1); answers are remembered for `ttlMs`. */
export function tokenWebhook(
  service: ReviewService,
  apiAudiences: readonly string[],
  { ttlMs = 120_000, nowMs = Date.now }: TokenWebhookOptions = {},
): TokenAuthenticator {
  const known = new LruCache<string, { readonly untilMs: number; readonly answer: Authentication | undefined }>(
    MAX_CACHED,
  );
  return {
    authenticate(token, audiences = apiAudiences) {
      const key = createHash('sha256')
        .update(JSON.stringify([token, audiences]))
        .digest('base64');
      const found = known.get(key);
      if (found !== undefined && nowMs() < found.untilMs) return found.answer;
      return ask(service, token, audiences).then((answer) => {
        known.set(key, { untilMs: nowMs() + ttlMs, answer });
        return answer;
      });
    },
  };
}

async function ask(
  service: ReviewService,
  token: string,
  wanted: readonly string[],
): Promise<Authentication | undefined> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences: wanted } };
  const { status } = ((await askOrRefuse(service, review)) ?? {}) as { status?: TokenReviewStatus };
  if (status?.authenticated !== true) return undefined;
  const { username, uid, groups = [], extra } = status.user ?? {};
  if (typeof username !== 'string' || !Array.isArray(groups))
    throw badCredentials('the token webhook answered without a user');
  const audiences = status.audiences?.filter((one) => wanted.includes(one)) ?? wanted;
  if (audiences.length === 0) return undefined;
  return {
    user: { name: username, groups, ...(uid === undefined ? {} : { uid }), ...(extra === undefined ? {} : { extra }) },
    audiences,
  };
}

async function askOrRefuse(service: ReviewService, review: object): Promise<unknown> {
  try {
    return await service.ask(review);
  } catch (error) {
    throw badCredentials('the token webhook cannot be asked', error);
  }
}
