import { ignoring, type KubeObject, type Shared } from '#kube/api';
import { keyOf, splitKey } from '#kube/client';
import {
  controlledBy,
  controllerOf,
  indexByController,
  JOBS,
  Loop,
  type OwnerKind,
  PODS,
  type Pod,
  refersTo,
} from '../common/mod.ts';
import type { ControllerContext, RunningController } from '../contract.ts';
import { isTracked, TRACKING } from './job-pods.ts';
import type { Job } from './types.ts';

/** Lets pods go whose job is no more, or gave them up: nobody else would ever count them. */
export function releaseOrphans(context: ControllerContext, kind: OwnerKind<Job>): RunningController {
  const jobs = context.informers.of<Job>(JOBS);
  const pods = indexByController(context.informers.of<Pod>(PODS));
  const isOrphan = (pod: Shared<Pod>) => {
    const owner = controllerOf(pod);
    if (!isTracked(pod) || (owner !== undefined && !refersTo(owner, kind))) return false;
    const key = keyOf({ metadata: { name: owner?.name, namespace: pod.metadata.namespace } });
    return owner === undefined || jobs.get(key)?.metadata.uid !== owner.uid;
  };
  const reconcile = async (key: string): Promise<undefined> => {
    const pod = pods.get(key);
    if (pod !== undefined && isOrphan(pod)) await release(context, key, pod);
  };
  const loop = new Loop({ name: 'job-controller (orphans)', reconcile });
  const look = (pod: Shared<Pod>) => {
    if (isTracked(pod)) loop.add(keyOf(pod as KubeObject));
  };
  loop.handle(pods, { onAdd: look, onUpdate: look });
  loop.handle(jobs, { onDelete: (job) => controlledBy(pods, job as Shared<KubeObject>).forEach(look) });
  return loop.begin();
}

async function release({ client }: ControllerContext, key: string, { metadata }: Shared<Pod>): Promise<void> {
  const finalizers = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== TRACKING);
  const { uid, resourceVersion } = metadata;
  const body = { metadata: { uid, resourceVersion, finalizers: finalizers.length === 0 ? null : finalizers } };
  await ignoring(client.patch(PODS, splitKey(key), { type: 'merge', body }), 'NotFound');
}
