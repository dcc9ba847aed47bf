import { X509Certificate } from 'node:crypto';
import { ignoring, type Shared } from '#kube/api';
import { parseTime } from '#kube/api/values';
import { createdMs, Loop } from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import { type CertificateSigningRequest, hasRequestCondition, isIssued, REQUESTS } from './types.ts';

const HOUR_MS = 3_600_000;
/** How long requests are kept after they were decided, and while they are not. */
const DECIDED_MS = HOUR_MS;
const PENDING_MS = 24 * HOUR_MS;
const DECISIONS = ['Approved', 'Denied', 'Failed'];

/** When a request is to be removed, in milliseconds. Pure. */
export function cleanAtMs(request: Shared<CertificateSigningRequest>): number {
  const bornMs = createdMs(request);
  const decided = DECISIONS.filter((type) => hasRequestCondition(request, type));
  const times = decided.map((type) => decidedMs(request, type) + DECIDED_MS);
  const endMs = isIssued(request) ? certificateEndMs(request) : undefined;
  if (endMs !== undefined) times.push(endMs);
  return times.length === 0 ? bornMs + PENDING_MS : Math.min(...times);
}

function decidedMs(request: Shared<CertificateSigningRequest>, type: string): number {
  const condition = request.status?.conditions?.find((one) => one.type === type);
  return parseTime(condition?.lastUpdateTime) ?? createdMs(request);
}

function certificateEndMs({ status }: Shared<CertificateSigningRequest>): number | undefined {
  try {
    return new X509Certificate(Buffer.from(status?.certificate ?? '', 'base64')).validToDate.getTime();
  } catch {
    // Signers of others may issue what nobody here can read: the time of the decision counts.
    return undefined;
  }
}

/** Removes requests that are over: they hold nothing that anybody still needs. */
export const csrCleaner: Controller = {
  name: 'certificate-controller',
  start({ client, informers, nowMs }) {
    const requests = informers.of<CertificateSigningRequest>(REQUESTS);
    const loop = new Loop({
      name: 'csrcleaner',
      reconcile: async (name) => {
        const request = requests.get(name);
        if (request === undefined) return undefined;
        const leftMs = cleanAtMs(request) - nowMs();
        if (leftMs > 0) return { requeueAfterMs: leftMs };
        await ignoring(client.delete(REQUESTS, { name }), 'NotFound');
        return undefined;
      },
    });
    loop.owns(requests);
    return loop.begin();
  },
};
