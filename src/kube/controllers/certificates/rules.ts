import type { SigningRequest } from '#kube/auth';
import { CLIENT, KUBELET_CLIENT, KUBELET_SERVING, LEGACY } from './types.ts';

const NODE_PREFIX = 'system:node:';
const NODES = 'system:nodes';
const CLIENT_USAGES = ['digital signature', 'key encipherment', 'client auth'];
const SERVER_USAGES = ['digital signature', 'key encipherment', 'server auth'];

type Rule = (request: SigningRequest, usages: readonly string[]) => string | undefined;

/** Why the signer of this name must not sign; undefined: it may. Texts are upstream's. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [CLIENT, (_request, usages) => usagesProblem(usages, CLIENT_USAGES, ['client auth'])],
  [KUBELET_CLIENT, (request, usages) => kubeletClientProblem(request, usages)],
  [KUBELET_SERVING, (request, usages) => kubeletServingProblem(request, usages)],
  [LEGACY, () => undefined],
]);

/** Is it one of the signers that every cluster has? */
export function isBuiltinSigner(name: string): boolean {
  return RULES.has(name);
}

/** Why the built-in signer must refuse a request; undefined: it is one of the kind that it signs. */
export function signerProblem(signer: string, request: SigningRequest, usages: readonly string[]): string | undefined {
  return RULES.get(signer)?.(request, usages);
}

function kubeletClientProblem(request: SigningRequest, usages: readonly string[]): string | undefined {
  if (!isNodesOnly(request)) return 'subject organization is not system:nodes';
  if (request.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (request.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
  if (request.ipAddresses.length > 0) return 'IP subjectAltNames are not allowed';
  if (request.uris.length > 0) return 'URI subjectAltNames are not allowed';
  if (!request.commonName.startsWith(NODE_PREFIX)) return 'subject common name does not begin with system:node: ';
  return usagesProblem(usages, CLIENT_USAGES, ['digital signature', 'client auth']);
}

function kubeletServingProblem(request: SigningRequest, usages: readonly string[]): string | undefined {
  if (!isNodesOnly(request)) return 'subject organization is not system:nodes';
  if (request.dnsNames.length === 0 && request.ipAddresses.length === 0)
    return 'at least one DNS name or IP address is required as subjectAltName';
  if (request.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
  if (request.uris.length > 0) return 'URI subjectAltNames are not allowed';
  if (!request.commonName.startsWith(NODE_PREFIX)) return 'subject common name does not begin with system:node: ';
  return usagesProblem(usages, SERVER_USAGES, ['digital signature', 'server auth']);
}

function isNodesOnly({ organizations }: SigningRequest): boolean {
  return organizations.length === 1 && organizations[0] === NODES;
}

function usagesProblem(
  usages: readonly string[],
  allowed: readonly string[],
  needed: readonly string[],
): string | undefined {
  const fits = usages.every((usage) => allowed.includes(usage)) && needed.every((usage) => usages.includes(usage));
  return fits ? undefined : `usages did not match [${[...allowed].sort().join(' ')}]`;
}
