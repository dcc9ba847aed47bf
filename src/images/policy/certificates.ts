/** X.509 chains of signers (notaryproject/specifications, signature-specification.md, "Certificate Requirements"). */
import { X509Certificate } from 'node:crypto';

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';

/** Why the chain, the signer's certificate first, does not lead to one of `trusted`; undefined: it does. */
export function checkChain(
  chain: readonly X509Certificate[],
  trusted: readonly string[],
  nowMs: number,
): string | undefined {
  const anchors = trusted.flatMap(certificatesOf);
  const [leaf] = chain;
  if (leaf === undefined) return 'it brings no certificate';
  if (leaf.ca && chain.length > 1) return "the signer's certificate is one that issues others";
  const usages = leaf.keyUsage;
  if (usages !== undefined && !usages.includes(CODE_SIGNING)) return "the signer's certificate is not for code signing";
  for (const [index, certificate] of chain.entries()) {
    if (!isValidAt(certificate, nowMs)) return `the certificate of ${subjectOf(certificate)} is not valid now`;
    if (anchors.some((anchor) => anchor.fingerprint256 === certificate.fingerprint256)) return undefined;
    const above = anchors.find((anchor) => issued(certificate, anchor));
    if (above !== undefined)
      return isValidAt(above, nowMs) ? undefined : `the certificate of ${subjectOf(above)} is not valid now`;
    const next = chain[index + 1];
    if (next === undefined || !issued(certificate, next)) break;
  }
  return `the certificate of ${subjectOf(leaf)} leads to none that is trusted`;
}

/** A file may hold several. */
function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

function issued(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isValidAt({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean {
  return validFromDate.getTime() <= nowMs && nowMs <= validToDate.getTime();
}

function subjectOf({ subject }: X509Certificate): string {
  return subject.replaceAll('\n', ',');
}

/** True where one of the identities is part of the subject, attribute by attribute; also where none is asked for. */
export function hasIdentity({ subject }: X509Certificate, identities: readonly string[]): boolean {
  if (identities.length === 0) return true;
  const own = new Set(subject.split('\n').map((attribute) => attribute.trim()));
  return identities.some((identity) => {
    const wanted = identity.replace(/^x509\.subject:/, '').split(',');
    return wanted.every((attribute) => own.has(attribute.trim()));
  });
}
