import type { TokenAuthenticator } from '../authenticate/token-authenticator.ts';
import type { Authorizer } from '../contract.ts';
import type { AuthorizationWebhookOptions } from './authorization-webhook.ts';
import type { TokenWebhookOptions } from './token-webhook.ts';

export type { AuthorizationWebhookOptions, TokenWebhookOptions };

/** Tokens by a remote service; `path` is a kubeconfig that says where and as whom to ask. Loaded for this call. */
export async function tokenWebhookAuthenticator(
  path: string,
  apiAudiences: readonly string[],
  options: TokenWebhookOptions = {},
): Promise<TokenAuthenticator> {
  const [{ readReviewService }, { tokenWebhook }] = await Promise.all([
    import('./kubeconfig.ts'),
    import('./token-webhook.ts'),
  ]);
  return tokenWebhook(await readReviewService(path), apiAudiences, options);
}

/** Decisions by a remote service; `path` is a kubeconfig that says where and as whom to ask. Loaded for this call. */
export async function webhookAuthorizer(path: string, options: AuthorizationWebhookOptions = {}): Promise<Authorizer> {
  const [{ readReviewService }, { authorizationWebhook }] = await Promise.all([
    import('./kubeconfig.ts'),
    import('./authorization-webhook.ts'),
  ]);
  return authorizationWebhook(await readReviewService(path), options);
}
