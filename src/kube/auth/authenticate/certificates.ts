import type { Authentication, Authenticator, Credentials } from '../contract.ts';
import { badCredentials } from './bad-credentials.ts';
import { CREDENTIAL_ID } from './names.ts';

type Certificate = NonNullable<Credentials['certificate']>;

/**
 * Client certificates: the common name is the user, organisations are the groups. `caFingerprints` are those of the client CAs: TLS
 * trusts other CAs too, and a certificate of a front proxy makes nobody a user.
 */
export function certificateAuthenticator(
  caFingerprints: ReadonlySet<string>,
  nowMs: () => number = Date.now,
): Authenticator {
  /** By certificate: connections hold theirs, so the answer goes with it. */
  const known = new WeakMap<Certificate, Authentication>();
  return {
    authenticate({ certificate }) {
      if (certificate === undefined || !isOf(certificate, caFingerprints)) return undefined;
      if (certificate.notAfterMs !== undefined && certificate.notAfterMs < nowMs()) {
        throw badCredentials('the client certificate has expired');
      }
      let authentication = known.get(certificate);
      if (authentication === undefined) {
        authentication = read(certificate);
        if (authentication === undefined) return undefined;
        known.set(certificate, authentication);
      }
      return authentication;
    },
  };
}

/** Was it issued by one of these CAs? One whose CA is not known was not. */
export function isOf({ caFingerprint256 }: Certificate, caFingerprints: ReadonlySet<string>): boolean {
  return caFingerprint256 !== undefined && caFingerprints.has(caFingerprint256);
}

function read({ subject, fingerprint256 }: Certificate): Authentication | undefined {
  const name = commonNameOf(subject);
  if (name === '') return undefined;
  const groups = subject.O === undefined ? [] : typeof subject.O === 'string' ? [subject.O] : [...subject.O];
  const id = `X509SHA256=${fingerprint256.replaceAll(':', '').toLowerCase()}`;
  return { user: { name, groups, extra: { [CREDENTIAL_ID]: [id] } } };
}

/** The common name of a subject; of several the last one, as Go reads them. */
export function commonNameOf({ CN }: Certificate['subject']): string {
  return (typeof CN === 'string' ? CN : CN?.at(-1)) ?? '';
}
