import { CRON_JOBS, followChildren, JOBS, Loop } from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import type { Job } from '../job/mod.ts';
import { CRON_JOB, CronJobReconciler } from './reconciler.ts';
import type { CronJob } from './types.ts';

/** Starts Jobs by the clock. */
export const cronJobController: Controller = {
  name: 'cronjob-controller',
  start: (context) => {
    const reconciler = new CronJobReconciler(context);
    const loop = new Loop({ name: 'cronjob-controller', reconcile: (key) => reconciler.reconcile(key) });
    const owners = loop.owns(context.informers.of<CronJob>(CRON_JOBS));
    followChildren({ loop, kind: CRON_JOB, owners, children: context.informers.of<Job>(JOBS) });
    return loop.begin();
  },
};
