import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Credentials } from '#kube/auth';

type Certificate = Credentials['certificate'];

/** The certificate of a connection is read once: it can't change. */
const certificates = new WeakMap<object, { readonly certificate: Certificate }>();

/** What authenticators may look at. */
export function credentialsOf(request: IncomingMessage): Credentials {
  const { socket, headers, rawHeaders } = request;
  const certificate = certificateOf(socket as TLSSocket);
  return {
    headers,
    rawHeaders,
    remoteAddress: socket.remoteAddress ?? '',
    ...(certificate === undefined ? {} : { certificate }),
  };
}

function certificateOf(socket: TLSSocket): Certificate {
  let known = certificates.get(socket);
  if (known === undefined) {
    known = { certificate: read(socket) };
    certificates.set(socket, known);
  }
  return known.certificate;
}

function read(socket: TLSSocket): Certificate {
  if (socket.authorized !== true) return undefined;
  const { subject, fingerprint256, valid_to: validTo, issuerCertificate } = socket.getPeerCertificate(true);
  if (subject === undefined) return undefined;
  const caFingerprint256 = issuerCertificate?.fingerprint256;
  return {
    subject: { ...subject },
    fingerprint256,
    notAfterMs: Date.parse(validTo),
    ...(caFingerprint256 === undefined ? {} : { caFingerprint256 }),
  };
}
