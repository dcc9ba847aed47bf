import type { Authentication } from '../contract.ts';
import type { TokenAuthenticator } from './token-authenticator.ts';

/** Tokens that say nothing of audiences are for the API server: whoever asks on behalf of others gets nobody. */
export function forAudiences(
  apiAudiences: readonly string[],
  authenticate: (token: string) => Authentication | undefined,
): TokenAuthenticator {
  return {
    authenticate(token, audiences) {
      const common = audiences?.filter((one) => apiAudiences.includes(one));
      if (common?.length === 0) return undefined;
      const found = authenticate(token);
      return found === undefined || common === undefined ? found : { ...found, audiences: common };
    },
  };
}
