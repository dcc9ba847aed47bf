import { ignoring, type Shared } from '#kube/api';
import { parseTime } from '#kube/api/values';
import { type ReconcileResult, splitKey } from '#kube/client';
import { JOBS, Loop } from '../common/mod.ts';
import type { Controller, ControllerContext } from '../contract.ts';
import type { Job } from '../job/mod.ts';

/** Deletes jobs a while after they are over, where they say so. */
export const ttlAfterFinishedController: Controller = {
  name: 'ttl-after-finished-controller',
  start: (context) => {
    const reconcile = (key: string) => reconcileJob(context, key);
    const loop = new Loop({ name: 'ttl-after-finished-controller', reconcile });
    loop.owns(context.informers.of<Job>(JOBS));
    return loop.begin();
  },
};

/** Milliseconds until the job is to go; undefined when it isn't over, or is to stay. Pure. */
export function expiresInMs({ spec, status, metadata }: Shared<Job>, nowMs: number): number | undefined {
  if (spec?.ttlSecondsAfterFinished === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  const end = status?.conditions?.find(
    (condition) => (condition.type === 'Complete' || condition.type === 'Failed') && condition.status === 'True',
  );
  const endMs = parseTime(end?.lastTransitionTime);
  return endMs === undefined ? undefined : endMs + spec.ttlSecondsAfterFinished * 1000 - nowMs;
}

async function reconcileJob(
  { client, informers, nowMs }: ControllerContext,
  key: string,
): Promise<ReconcileResult | undefined> {
  const job = informers.of<Job>(JOBS).get(key);
  if (job === undefined) return undefined;
  const inMs = expiresInMs(job, nowMs());
  if (inMs === undefined) return undefined;
  if (inMs > 0) return { requeueAfterMs: inMs };
  const { uid, resourceVersion } = job.metadata;
  // A time to live that was raised meanwhile holds.
  const options = { propagationPolicy: 'Foreground' as const, preconditions: { uid, resourceVersion } };
  await ignoring(client.delete(JOBS, splitKey(key), options), 'NotFound');
  return undefined;
}
