import { errorMessage } from '#base';
import type { Shared } from '#kube/api';
import { parseSigningRequest, signCertificateRequest } from '#kube/auth';
import { Loop } from '../common/mod.ts';
import type { ClusterFacts, Controller } from '../contract.ts';
import { isBuiltinSigner, signerProblem } from './rules.ts';
import {
  type CertificateSigningRequest,
  hasRequestCondition,
  isIssued,
  KUBELET_SERVING,
  LEGACY,
  REQUESTS,
  requestText,
} from './types.ts';

/** How long certificates are good at most, and at least. */
const MAX_LIFE_MS = 365 * 24 * 3_600_000;
const MIN_LIFE_MS = 10 * 60_000;

/** What a signer does about a request. */
export type SignPlan =
  | { readonly do: 'nothing' }
  | { readonly do: 'refuse'; readonly message: string }
  | { readonly do: 'sign'; readonly pem: string; readonly usages: readonly string[]; readonly notAfterMs: number };

/** Decides about a request: what is approved and of the signer's kind is signed. Pure. */
export function planSigning(request: Shared<CertificateSigningRequest>, nowMs: number): SignPlan {
  const { signerName = '', usages = [], expirationSeconds } = request.spec;
  if (!isBuiltinSigner(signerName) || !hasRequestCondition(request, 'Approved')) return { do: 'nothing' };
  if (hasRequestCondition(request, 'Failed') || hasRequestCondition(request, 'Denied') || isIssued(request)) {
    return { do: 'nothing' };
  }
  const pem = requestText(request);
  try {
    const problem = signerProblem(signerName, parseSigningRequest(pem), usages);
    if (problem !== undefined) return { do: 'refuse', message: problem };
  } catch (error) {
    return { do: 'refuse', message: errorMessage(error) };
  }
  const wantedMs = expirationSeconds === undefined ? MAX_LIFE_MS : expirationSeconds * 1000;
  const lifeMs = Math.min(MAX_LIFE_MS, Math.max(MIN_LIFE_MS, wantedMs));
  return { do: 'sign', pem, usages, notAfterMs: nowMs + lifeMs };
}

/** Who signs: servers' certificates come from the CA that clients trust, clients' from the CA that the server trusts. */
function issuerOf(signer: string | undefined, { clusterCa, clientCa }: ClusterFacts): ClusterFacts['clusterCa'] {
  // What legacy certificates are for is unknown: they must not open the door to the API.
  return signer === KUBELET_SERVING || signer === LEGACY ? clusterCa : clientCa;
}

/** The signers that every cluster has. */
export const csrSigner: Controller = {
  name: 'certificate-controller',
  start({ client, informers, cluster, nowMs }) {
    const requests = informers.of<CertificateSigningRequest>(REQUESTS);
    const loop = new Loop({
      name: 'csrsigning',
      reconcile: async (name) => {
        const seen = requests.get(name);
        const plan: SignPlan = seen === undefined ? { do: 'nothing' } : planSigning(seen, nowMs());
        if (seen === undefined || plan.do === 'nothing') return undefined;
        const request = structuredClone(seen) as CertificateSigningRequest;
        request.status = { ...request.status };
        if (plan.do === 'refuse') refuse(request, plan.message);
        else {
          const issuer = issuerOf(request.spec.signerName, cluster);
          const options = { issuer, usages: plan.usages, notAfterMs: plan.notAfterMs, nowMs: nowMs() };
          request.status.certificate = Buffer.from(signCertificateRequest(plan.pem, options)).toString('base64');
        }
        await client.update(REQUESTS, request, { subresource: 'status' });
        return undefined;
      },
    });
    loop.owns(requests);
    return loop.begin();
  },
};

function refuse(request: CertificateSigningRequest, message: string): void {
  const condition = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message };
  request.status = { ...request.status, conditions: [...(request.status?.conditions ?? []), condition] };
}
