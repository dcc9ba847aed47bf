import type { SigningRequest } from './signing-request.ts';

const NODE_PREFIX = 'system:node:';
const CLIENT_USAGES = ['client auth', 'digital signature', 'key encipherment'];
const SERVER_USAGES = ['digital signature', 'key encipherment', 'server auth'];

/** Upstream's well-known signers. */
export const SIGNERS = {
  client: 'kubernetes.io/kube-apiserver-client',
  kubeletClient: 'kubernetes.io/kube-apiserver-client-kubelet',
  kubeletServing: 'kubernetes.io/kubelet-serving',
  legacyUnknown: 'kubernetes.io/legacy-unknown',
} as const;

/**
 * Why a well-known signer does not sign a request, in upstream's words; undefined: it signs it. Signers that we do not know refuse
 * everything.
 */
export function signerProblem(
  signerName: string,
  request: SigningRequest,
  usages: readonly string[],
): string | undefined {
  switch (signerName) {
    case SIGNERS.client:
      return usages.every((usage) => CLIENT_USAGES.includes(usage)) && usages.includes('client auth')
        ? undefined
        : `usages did not match ${CLIENT_USAGES.join(', ')}`;
    case SIGNERS.kubeletClient:
      return nodeProblem(request) ?? clientNamesProblem(request) ?? usageProblem(usages, CLIENT_USAGES);
    case SIGNERS.kubeletServing:
      return nodeProblem(request) ?? servingNamesProblem(request) ?? usageProblem(usages, SERVER_USAGES);
    case SIGNERS.legacyUnknown:
      return undefined;
    default:
      return `there is no signer ${signerName} here`;
  }
}

function nodeProblem({ commonName, organizations }: SigningRequest): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes')
    return 'subject organization is not system:nodes';
  return commonName.startsWith(NODE_PREFIX) && commonName.length > NODE_PREFIX.length
    ? undefined
    : 'subject common name does not begin with system:node:';
}

function clientNamesProblem({ dnsNames, ipAddresses, emailAddresses, uris }: SigningRequest): string | undefined {
  if (dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (ipAddresses.length > 0) return 'IP subjectAltNames are not allowed';
  if (emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
  return uris.length > 0 ? 'URI subjectAltNames are not allowed' : undefined;
}

function servingNamesProblem({ dnsNames, ipAddresses, emailAddresses, uris }: SigningRequest): string | undefined {
  if (dnsNames.length + ipAddresses.length === 0) return 'DNS or IP subjectAltName is required';
  if (emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
  return uris.length > 0 ? 'URI subjectAltNames are not allowed' : undefined;
}

/** Exactly these usages; key encipherment may be left out, as keys that are not RSA do. */
function usageProblem(usages: readonly string[], expected: readonly string[]): string | undefined {
  const given = new Set(usages);
  const isWhole = expected.every((usage) => given.has(usage) || usage === 'key encipherment');
  return isWhole && usages.every((usage) => expected.includes(usage))
    ? undefined
    : `usages did not match ${expected.join(', ')}`;
}
