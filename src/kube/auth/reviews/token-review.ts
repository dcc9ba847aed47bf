import { badRequest, isStatusError } from '#kube/api';
import { withAuthenticated } from '../authenticate/authenticate.ts';
import { refusalReason } from '../authenticate/bad-credentials.ts';
import type { TokenAuthenticator } from '../authenticate/token-authenticator.ts';
import type { UserInfo } from '../contract.ts';

/** `UserInfo` of the authentication API. */
export interface ReviewedUser {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: UserInfo['extra'];
}

/** `status` of a TokenReview. */
export interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly user: ReviewedUser;
  readonly audiences?: readonly string[];
  readonly error?: string;
}

/** A user as reviews and admission reviews show it. */
export function showUser({ name, uid, groups, extra }: UserInfo): ReviewedUser {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** Whose token is this, and is it for one of the audiences that are asked for (unless said: the API server's)? */
export async function reviewToken(
  tokens: TokenAuthenticator,
  { token = '', audiences = [] }: { readonly token?: string; readonly audiences?: readonly string[] },
): Promise<TokenReviewStatus> {
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  try {
    const found = await tokens.authenticate(token, audiences.length === 0 ? undefined : audiences);
    if (found === undefined) return { user: {}, error: 'invalid bearer token' };
    return {
      authenticated: true,
      user: showUser(withAuthenticated(found.user)),
      ...(found.audiences === undefined ? {} : { audiences: found.audiences }),
    };
  } catch (error) {
    if (!isStatusError(error, 'Unauthorized')) throw error;
    return { user: {}, error: `[invalid bearer token, ${refusalReason(error)}]` };
  }
}

/** `status` of a SelfSubjectReview: who am I? */
export function selfSubjectReview(user: UserInfo): { readonly userInfo: ReviewedUser } {
  return { userInfo: showUser(user) };
}
