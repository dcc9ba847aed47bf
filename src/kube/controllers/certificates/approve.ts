import type { KubeObject, Shared } from '#kube/api';
import { parseSigningRequest } from '#kube/auth';
import type { ReconcileResult } from '#kube/client';
import { Loop } from '../common/mod.ts';
import type { Controller, ControllerContext } from '../contract.ts';
import { signerProblem } from './rules.ts';
import {
  type CertificateSigningRequest,
  hasRequestCondition,
  isIssued,
  KUBELET_CLIENT,
  REQUESTS,
  requestText,
} from './types.ts';

const REVIEWS = { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' };
/** Rights may come later; nobody tells us when. */
const ASK_AGAIN_MS = 60_000;

/** What somebody must be allowed to create for the request to be approved, and what is said of it then. */
export interface Recognized {
  readonly subresource: 'selfnodeclient' | 'nodeclient';
  readonly message: string;
}

/** As what a request may be approved without a human: certificates with which kubelets come to the API. Pure. */
export function recognize(request: Shared<CertificateSigningRequest>): Recognized[] {
  const { signerName, usages = [], username = '' } = request.spec;
  if (signerName !== KUBELET_CLIENT || !isUndecided(request)) return [];
  const wanted = parseSigningRequest(requestText(request));
  if (signerProblem(signerName, wanted, usages) !== undefined) return [];
  const anyone: Recognized = {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  };
  const self: Recognized = {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  };
  return username === wanted.commonName ? [self, anyone] : [anyone];
}

function isUndecided(request: Shared<CertificateSigningRequest>): boolean {
  return !isIssued(request) && !hasRequestCondition(request, 'Approved') && !hasRequestCondition(request, 'Denied');
}

/** Approves what kubelets ask for themselves, where those who ask have the right to. */
export const csrApprover: Controller = {
  name: 'certificate-controller',
  start(context) {
    const requests = context.informers.of<CertificateSigningRequest>(REQUESTS);
    const loop = new Loop({
      name: 'csrapproving',
      reconcile: async (name) => {
        const request = requests.get(name);
        return request === undefined ? undefined : approve(context, request);
      },
    });
    loop.owns(requests);
    return loop.begin();
  },
};

async function approve(
  { client }: ControllerContext,
  request: Shared<CertificateSigningRequest>,
): Promise<ReconcileResult | undefined> {
  const ways = recognize(request);
  for (const { subresource, message } of ways) {
    const review = await client.create(REVIEWS, reviewOf(request, subresource));
    if ((review.status as { allowed?: boolean } | undefined)?.allowed !== true) continue;
    const approved = structuredClone(request) as CertificateSigningRequest;
    const condition = { type: 'Approved', status: 'True', reason: 'AutoApproved', message };
    approved.status = { ...approved.status, conditions: [...(approved.status?.conditions ?? []), condition] };
    await client.update(REQUESTS, approved, { subresource: 'approval' });
    return undefined;
  }
  return ways.length === 0 ? undefined : { requeueAfterMs: ASK_AGAIN_MS };
}

function reviewOf({ spec }: Shared<CertificateSigningRequest>, subresource: string): KubeObject {
  const { username, uid, groups, extra } = spec;
  const user = { user: username, ...(uid && { uid }), ...(groups && { groups }), ...(extra && { extra }) };
  const resourceAttributes = {
    group: REQUESTS.group,
    resource: REQUESTS.resource,
    subresource,
    verb: 'create',
    version: '*',
  };
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec: { ...user, resourceAttributes },
  };
}
