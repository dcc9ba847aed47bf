import type { Authenticator } from '../contract.ts';
import { badCredentials } from './bad-credentials.ts';
import { commonNameOf, isOf } from './certificates.ts';
import { extraOf, headerValue, headerValues } from './extra-headers.ts';

/** Whom to believe who a request comes from, and in which headers they say it. */
export interface RequestHeaderOptions {
  /** `fingerprint256` of the front proxies' CAs. */
  readonly caFingerprints: ReadonlySet<string>;
  /** Common names of certificates that may; empty: all that the CA signed. */
  readonly allowedNames: readonly string[];
  readonly nowMs?: () => number;
}

/** Requests that a front proxy passes on: its certificate vouches for `X-Remote-User`, `-Group`, `-Uid` and `-Extra-*`. */
export function requestHeaderAuthenticator({
  caFingerprints,
  allowedNames,
  nowMs = Date.now,
}: RequestHeaderOptions): Authenticator {
  return {
    authenticate(credentials) {
      const { certificate } = credentials;
      if (certificate === undefined || !isOf(certificate, caFingerprints)) return undefined;
      const name = headerValue(credentials, 'x-remote-user');
      if (name === undefined) return undefined;
      if (certificate.notAfterMs !== undefined && certificate.notAfterMs < nowMs()) {
        throw badCredentials("the front proxy's certificate has expired");
      }
      const proxy = commonNameOf(certificate.subject);
      if (allowedNames.length > 0 && !allowedNames.includes(proxy)) {
        throw badCredentials(`x509: subject with cn=${proxy} is not in the allowed list`);
      }
      const uid = headerValue(credentials, 'x-remote-uid');
      const extra = extraOf(credentials, 'x-remote-extra-');
      return {
        user: {
          name,
          groups: headerValues(credentials, 'x-remote-group'),
          ...(uid === undefined ? {} : { uid }),
          ...(extra === undefined ? {} : { extra }),
        },
      };
    },
  };
}
