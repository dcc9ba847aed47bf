import { errorMessage } from '#base';
import { isStatusError, type Shared } from '#kube/api';
import { formatTime } from '#kube/api/values';
import type { Informer, ReconcileResult } from '#kube/client';
import {
  CRON_JOBS,
  controlledBy,
  controllerRef,
  EventRecorder,
  Expectations,
  isControlledBy,
  isNamespaceGoing,
  JOBS,
  LOOK_AGAIN,
  type OwnerKind,
  updateStatus,
} from '../common/mod.ts';
import type { ControllerContext } from '../contract.ts';
import { isFinished, type Job } from '../job/mod.ts';
import { type CronJobPlan, planCronJob } from './plan.ts';
import type { CronJob, CronJobStatus, JobReference } from './types.ts';

/** How CronJobs own Jobs: those that they made, no others. */
export const CRON_JOB: OwnerKind<CronJob> = { resource: CRON_JOBS, kind: 'CronJob', selector: () => undefined };

const SCHEDULED = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** Starts Jobs by the clock. */
export class CronJobReconciler {
  readonly #context: ControllerContext;
  readonly #crons: Informer<CronJob>;
  readonly #jobs: Informer<Job>;
  readonly #seenJobs: Expectations<Job>;
  readonly #seenCrons: Expectations<CronJob>;
  readonly #events: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#crons = context.informers.of<CronJob>(CRON_JOBS);
    this.#jobs = context.informers.of<Job>(JOBS);
    this.#seenJobs = new Expectations(this.#jobs);
    this.#seenCrons = new Expectations(this.#crons);
    this.#events = new EventRecorder(context.client, 'cronjob-controller', context.nowMs);
  }

  /** Takes the next step of one cron job. */
  async reconcile(key: string): Promise<ReconcileResult | undefined> {
    const cron = this.#crons.get(key);
    if (cron === undefined) {
      this.#seenJobs.forget(key);
      this.#seenCrons.forget(key);
      return undefined;
    }
    if (!this.#seenJobs.met(key) || !this.#seenCrons.met(key)) return LOOK_AGAIN;
    const jobs = controlledBy(this.#jobs, cron);
    const plan = planCronJob(cron, jobs, this.#context.nowMs());
    for (const { type, reason, message } of plan.notes) this.#note(cron, type, reason, message);
    await this.#remove(key, cron, jobs, plan.remove);
    const status = plan.create === undefined ? plan.status : await this.#create(key, cron, plan, plan.create);
    this.#seenCrons.wrote(key, await updateStatus(this.#context.client, CRON_JOBS, cron, status));
    return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
  }

  async #remove(
    key: string,
    cron: Shared<CronJob>,
    jobs: readonly Shared<Job>[],
    names: readonly string[],
  ): Promise<void> {
    for (const job of jobs) {
      const { name = '', namespace, uid } = job.metadata;
      if (!names.includes(name)) continue;
      try {
        const options = { propagationPolicy: 'Background' as const, preconditions: { uid } };
        const held = await this.#context.client.delete(JOBS, { name, namespace }, options);
        if (held === undefined) this.#seenJobs.removed(key, job);
        else this.#seenJobs.wrote(key, held);
        this.#note(cron, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`);
      } catch (error) {
        if (!isStatusError(error, 'NotFound')) throw error;
      }
    }
  }

  /** Makes the job; answers the status that knows it. */
  async #create(
    key: string,
    cron: Shared<CronJob>,
    { status, remove }: CronJobPlan,
    { name, scheduledMs }: NonNullable<CronJobPlan['create']>,
  ): Promise<Shared<CronJobStatus>> {
    const job = await this.#createJob(cron, name, scheduledMs);
    if (job === undefined) return status;
    this.#seenJobs.wrote(key, job);
    const active = (status.active ?? []).filter((reference) => !remove.includes(reference.name ?? ''));
    const lastScheduleTime = formatTime(scheduledMs);
    // One that was made before, and is done, is not active any more.
    if (isFinished(job)) return { ...status, active, lastScheduleTime };
    return { ...status, active: [...active, referenceTo(job)], lastScheduleTime };
  }

  /** The name holds the time, so that no time gets two jobs. Undefined where nothing can be made. */
  async #createJob(cron: Shared<CronJob>, name: string, scheduledMs: number): Promise<Job | undefined> {
    const { client } = this.#context;
    const { namespace } = cron.metadata;
    try {
      const created = await client.create<Job>(JOBS, jobOf(cron, name, scheduledMs));
      this.#note(cron, 'Normal', 'SuccessfulCreate', `Created job ${name}`);
      return created;
    } catch (error) {
      if (isNamespaceGoing(error)) return undefined;
      if (isStatusError(error, 'AlreadyExists')) {
        const found = await client.get<Job>(JOBS, { name, namespace });
        if (isControlledBy(found, cron)) return found;
      }
      this.#note(cron, 'Warning', 'FailedCreate', `Error creating job: ${errorMessage(error)}`);
      throw error;
    }
  }

  #note(cron: Shared<CronJob>, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#events.note(cron, { type, reason, message });
  }
}

function jobOf(cron: Shared<CronJob>, name: string, scheduledMs: number): Job {
  const { metadata, spec } = cron.spec?.jobTemplate ?? {};
  const job: Shared<Job> = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: cron.metadata.namespace,
      labels: { ...metadata?.labels },
      annotations: { ...metadata?.annotations, [SCHEDULED]: formatTime(scheduledMs) },
      ...(metadata?.finalizers === undefined ? {} : { finalizers: metadata.finalizers }),
      ownerReferences: [controllerRef(cron, CRON_JOB)],
    },
    spec,
  };
  return job as Job;
}

function referenceTo({ metadata }: Job): JobReference {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion: 'batch/v1', kind: 'Job', name, namespace, uid, resourceVersion };
}
