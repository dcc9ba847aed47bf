import type { Shared } from '#kube/api';
import { keyOf } from '#kube/client';
import { controllerOf, followChildren, indexByNamespace, JOBS, Loop, PODS, type Pod, refersTo } from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import { isTracked } from './job-pods.ts';
import { JOB, JobReconciler } from './reconciler.ts';
import type { Job } from './types.ts';

/** Runs pods until so many have ended well. */
export const jobController: Controller = {
  name: 'job-controller',
  start: (context) => {
    const reconciler = new JobReconciler(context);
    const loop = new Loop({ name: 'job-controller', reconcile: (key) => reconciler.reconcile(key) });
    const jobs = loop.owns(context.informers.of<Job>(JOBS));
    const pods = indexByNamespace(context.informers.of<Pod>(PODS));
    followChildren({ loop, kind: JOB, owners: jobs, children: pods });
    // A pod whose job is no more would be held for ever.
    const wakeOrphan = (pod: Shared<Pod>) => {
      const owner = controllerOf(pod);
      if (owner === undefined || !isTracked(pod) || !refersTo(owner, JOB)) return;
      const key = keyOf({ metadata: { name: owner.name, namespace: pod.metadata.namespace } });
      if (jobs.get(key) === undefined) loop.add(key);
    };
    loop.handle(pods, { onAdd: wakeOrphan, onUpdate: wakeOrphan });
    return loop.begin();
  },
};
