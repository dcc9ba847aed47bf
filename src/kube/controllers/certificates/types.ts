import type { GroupVersionResource, Shared } from '#kube/api';
import type { CertificateSigningRequest } from '#kube/api/resources';

export type { CertificateSigningRequest } from '#kube/api/resources';

export const REQUESTS: GroupVersionResource = {
  group: 'certificates.k8s.io',
  version: 'v1',
  resource: 'certificatesigningrequests',
};

/** The signer for clients of the API server. */
export const CLIENT = 'kubernetes.io/kube-apiserver-client';
/** The signer for kubelets as clients. */
export const KUBELET_CLIENT = 'kubernetes.io/kube-apiserver-client-kubelet';
/** The signer for kubelets as servers. */
export const KUBELET_SERVING = 'kubernetes.io/kubelet-serving';
/** The signer that nothing need trust. */
export const LEGACY = 'kubernetes.io/legacy-unknown';

/** Is there a condition of this type? */
export function hasRequestCondition({ status }: Shared<CertificateSigningRequest>, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type) === true;
}

/** Has a certificate been issued? */
export function isIssued({ status }: Shared<CertificateSigningRequest>): boolean {
  return (status?.certificate ?? '') !== '';
}

/** The request's PEM text. */
export function requestText({ spec }: Shared<CertificateSigningRequest>): string {
  return Buffer.from(spec.request ?? '', 'base64').toString('utf8');
}
