import type { KubeObject } from '../../object.ts';

/** `CertificateSigningRequest`: the request and the certificate are PEM in base64. */
export interface CertificateSigningRequest extends KubeObject {
  spec: {
    request?: string;
    signerName?: string;
    expirationSeconds?: number;
    usages?: string[];
    username?: string;
    uid?: string;
    groups?: string[];
    extra?: Record<string, string[]>;
  };
  status?: { conditions?: CertificateSigningRequestCondition[]; certificate?: string };
}

/** `CertificateSigningRequestCondition`. */
export interface CertificateSigningRequestCondition {
  type?: string;
  status?: string;
  reason?: string;
  message?: string;
  lastUpdateTime?: string;
  lastTransitionTime?: string;
}
