import { followChildren, JOBS, Loop, PODS, type Pod } from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import { releaseOrphans } from './orphan-pods.ts';
import { JOB, JobReconciler } from './reconciler.ts';
import type { Job } from './types.ts';

/** Runs pods until so many have ended well. */
export const jobController: Controller = {
  name: 'job-controller',
  start: (context) => {
    const reconciler = new JobReconciler(context);
    const loop = new Loop({ name: 'job-controller', reconcile: (key) => reconciler.reconcile(key) });
    const owners = loop.owns(context.informers.of<Job>(JOBS));
    followChildren({ loop, kind: JOB, owners, children: context.informers.of<Pod>(PODS) });
    const scope = new AsyncDisposableStack();
    scope.use(releaseOrphans(context, JOB));
    scope.use(loop.begin());
    return scope;
  },
};
