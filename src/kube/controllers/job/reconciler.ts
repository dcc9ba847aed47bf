import { isStatusError, type KubeObject, type Shared } from '#kube/api';
import type { Informer, ReconcileResult } from '#kube/client';
import {
  claimChildren,
  EventRecorder,
  Expectations,
  isNamespaceGoing,
  JOBS,
  LOOK_AGAIN,
  matcherOf,
  type OwnerKind,
  PODS,
  type Pod,
  PodControl,
  slowStart,
  updateStatus,
} from '../common/mod.ts';
import type { ControllerContext } from '../contract.ts';
import { isTracked, TRACKING } from './job-pods.ts';
import { isFinished, type JobPlan, planJob } from './plan.ts';
import { podOfJob } from './pod-of-job.ts';
import type { Job } from './types.ts';

/** Who manages a job that says nothing, or this. */
const OURSELVES = 'kubernetes.io/job-controller';

/** How Jobs own pods. */
export const JOB: OwnerKind<Job> = {
  resource: JOBS,
  kind: 'Job',
  selector: ({ spec }) => matcherOf(spec?.selector),
};

/** Runs Jobs, and counts each of their pods once. */
export class JobReconciler {
  readonly #context: ControllerContext;
  readonly #jobs: Informer<Job>;
  readonly #pods: Informer<Pod>;
  readonly #seenPods: Expectations<Pod>;
  readonly #seenJobs: Expectations<Job>;
  readonly #events: EventRecorder;
  readonly #control: PodControl;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#jobs = context.informers.of<Job>(JOBS);
    this.#pods = context.informers.of<Pod>(PODS);
    this.#seenPods = new Expectations(this.#pods);
    this.#seenJobs = new Expectations(this.#jobs);
    this.#events = new EventRecorder(context.client, 'job-controller', context.nowMs);
    this.#control = new PodControl(context.client, this.#events, this.#seenPods);
  }

  /** Takes the next step of one job. */
  async reconcile(key: string): Promise<ReconcileResult | undefined> {
    const job = this.#jobs.get(key);
    if (job === undefined) {
      this.#seenPods.forget(key);
      this.#seenJobs.forget(key);
      return undefined;
    }
    if ((job.spec?.managedBy ?? OURSELVES) !== OURSELVES) return undefined;
    if (!this.#seenPods.met(key) || !this.#seenJobs.met(key)) return LOOK_AGAIN;
    const pods = await claimChildren(job, {
      client: this.#context.client,
      kind: JOB,
      children: this.#pods,
      childResource: PODS,
      refuses: () => isFinished(job),
      finalizer: TRACKING,
    });
    const plan = planJob(job, pods, this.#context.nowMs());
    await this.#apply(key, job, pods, plan);
    return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
  }

  /** The status comes first: what is counted must be known before anything is let go. */
  async #apply(key: string, job: Shared<Job>, pods: readonly Shared<Pod>[], plan: JobPlan): Promise<void> {
    const written = await updateStatus(this.#context.client, JOBS, job, plan.status);
    this.#seenJobs.wrote(key, written);
    for (const note of plan.notes) this.#events.note(job, note);
    const byName = new Map(pods.map((pod) => [pod.metadata.name ?? '', pod]));
    const each = (names: readonly string[], act: (pod: Shared<Pod>) => Promise<void>) =>
      Promise.all(names.map((name) => byName.get(name)).map((pod) => (pod === undefined ? undefined : act(pod))));
    await each(plan.release, (pod) => this.#release(key, pod));
    await each(plan.remove, (pod) => this.#control.delete(job, pod));
    await each(plan.drop, async (pod) => {
      await this.#release(key, pod);
      await this.#control.delete(job, pod);
    });
    const { error } = await slowStart(plan.create.length, (at) =>
      this.#control.create(job, podOfJob(job, JOB, plan.create[at] ?? {})),
    );
    if (error !== undefined && !isNamespaceGoing(error)) throw error;
  }

  /** Takes the finalizer off; a pod that is gone needs nothing. */
  async #release(key: string, pod: Shared<Pod>): Promise<void> {
    if (!isTracked(pod)) return;
    const { name = '', namespace, resourceVersion, uid } = pod.metadata;
    const finalizers = (pod.metadata.finalizers ?? []).filter((finalizer) => finalizer !== TRACKING);
    const body = { metadata: { uid, resourceVersion, finalizers: finalizers.length === 0 ? null : finalizers } };
    try {
      const released = await this.#context.client.patch(PODS, { name, namespace }, { type: 'merge', body });
      if (released.metadata.deletionTimestamp !== undefined && finalizers.length === 0) this.#goes(key, pod, released);
      else this.#seenPods.wrote(key, released);
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  }

  /** What was being deleted may be gone with its last finalizer. */
  #goes(key: string, pod: Shared<Pod>, released: KubeObject): void {
    if ((released.metadata.deletionGracePeriodSeconds ?? 0) === 0) this.#seenPods.removed(key, pod);
    else this.#seenPods.wrote(key, released);
  }
}
