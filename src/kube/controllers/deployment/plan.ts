import type { Shared } from '#kube/api';
import { semanticEqual } from '#kube/api/values';
import type { ReplicaSet } from '../replicaset/mod.ts';
import { inheritedAnnotations, sizeAnnotations } from './annotations.ts';
import { progressing, REASON, setCondition } from './conditions.ts';
import { historyLimit, isRolling, type Limits, limitsOf, progressDeadlineMs } from './limits.ts';
import { templateHash } from './new-set.ts';
import { checkAgainInMs, foundConditions, isComplete, pauseConditions, progressStatus } from './progress.ts';
import { type Generations, generationsOf, nextRevision, revisionAnnotations, revisionOf } from './revisions.ts';
import { newSize, rollOneStep } from './roll.ts';
import { scaledSizes, wasScaled } from './scale.ts';
import { activeSets, nameOf, type Sizes, sizeOf } from './sizes.ts';
import { countStatus, type FinalStatus } from './status.ts';
import type { Deployment, DeploymentCondition } from './types.ts';

/** What is there of a deployment. */
export interface DeploymentState {
  /** The ReplicaSets that are its own. */
  readonly sets: readonly Shared<ReplicaSet>[];
  /** Does a pod of an earlier template run, or go but isn't gone? Recreate waits for that. */
  readonly oldPodsRun: boolean;
}

/** A change of one ReplicaSet. */
export interface SetChange {
  readonly name: string;
  readonly replicas?: number;
  readonly minReadySeconds?: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The next step of a deployment. */
export interface DeploymentPlan {
  /** The ReplicaSet of the present template is to be made, of so many pods. */
  readonly create?: { readonly replicas: number; readonly revision: number };
  readonly change: readonly SetChange[];
  /** Names of ReplicaSets of the past that are no longer kept. */
  readonly remove: readonly string[];
  /** The deployment's own revision, where it has a ReplicaSet. */
  readonly revision?: number;
  readonly status: FinalStatus;
  /** When a rollout that makes no progress counts as stuck. */
  readonly requeueAfterMs?: number;
}

/**
 * One step towards the deployment's template and size. The next one comes when the ReplicaSets say how they fare.
 * Pure.
 */
export function planDeployment(deployment: Shared<Deployment>, state: DeploymentState, nowMs: number): DeploymentPlan {
  const limits = limitsOf(deployment);
  const generations = generationsOf(deployment, state.sets);
  const step: Step = { deployment, generations, limits, nowMs, oldPodsRun: state.oldPodsRun };
  const conditions = foundConditions(deployment, generations, pauseConditions(deployment, nowMs), nowMs);
  if (deployment.metadata.deletionTimestamp !== undefined) return { ...nothing(step, conditions) };
  const paused = deployment.spec?.paused === true;
  if (paused || wasScaled(generations, limits)) return scaleStep(step, conditions, paused);
  return rolloutStep(step, conditions);
}

interface Step {
  readonly deployment: Shared<Deployment>;
  readonly generations: Generations;
  readonly limits: Limits;
  readonly nowMs: number;
  readonly oldPodsRun: boolean;
}

type Conditions = readonly Shared<DeploymentCondition>[];

function nothing(step: Step, conditions: Conditions): DeploymentPlan {
  return { change: [], remove: [], status: countStatus(step.deployment, step.generations, conditions, step) };
}

/** Only the size changes: the deployment is paused, or was scaled in the midst of something. */
function scaleStep(step: Step, conditions: Conditions, paused: boolean): DeploymentPlan {
  const { deployment, generations, limits } = step;
  const sizes = scaledSizes(generations, limits, isRolling(deployment.spec));
  return {
    ...nothing(step, conditions),
    change: changes(step, sizes),
    remove: paused ? surplusHistory(step) : [],
    ...revisionField(step),
  };
}

function rolloutStep(step: Step, conditions: Conditions): DeploymentPlan {
  const { deployment, generations, nowMs } = step;
  const { create, sizes } = isRolling(deployment.spec) ? rollingMove(step) : recreateMove(step);
  const said = create === undefined ? conditions : createdConditions(step, conditions);
  const counted = countStatus(deployment, generations, said, step);
  const status = create === undefined ? progressStatus(deployment, generations, counted, nowMs) : counted;
  const requeueAfterMs = checkAgainInMs(deployment, status, nowMs);
  return {
    ...(create === undefined ? {} : { create }),
    change: changes(step, sizes),
    remove: create === undefined && isComplete(deployment, status) ? surplusHistory(step) : [],
    ...(create === undefined ? revisionField(step) : { revision: create.revision }),
    status,
    ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }),
  };
}

interface Move {
  readonly create?: { readonly replicas: number; readonly revision: number };
  readonly sizes: Sizes;
}

function rollingMove({ generations, limits }: Step): Move {
  const { current, old } = generations;
  if (current !== undefined) return { sizes: rollOneStep(generations, limits) };
  return { create: { replicas: newSize(undefined, old, limits), revision: nextRevision(old) }, sizes: new Map() };
}

/** All old pods go before the first new one comes. */
function recreateMove({ generations: { current, old }, limits: { replicas }, oldPodsRun }: Step): Move {
  const running = activeSets(old);
  if (running.length > 0) return { sizes: new Map(running.map((set) => [nameOf(set), 0])) };
  if (oldPodsRun) return { sizes: new Map() };
  if (current === undefined) return { create: { replicas, revision: nextRevision(old) }, sizes: new Map() };
  return { sizes: new Map([[nameOf(current), replicas]]) };
}

function createdConditions({ deployment, nowMs }: Step, conditions: Conditions): Conditions {
  if (progressDeadlineMs(deployment) === undefined) return conditions;
  const name = `${deployment.metadata.name}-${templateHash(deployment)}`;
  return setCondition(conditions, progressing('True', REASON.created, `Created new replica set "${name}"`), nowMs);
}

/** The sets whose size is another, and the current one where it lacks what the deployment tells it. */
function changes(step: Step, sizes: Sizes): SetChange[] {
  const { current, old } = step.generations;
  const result: SetChange[] = [];
  for (const set of current === undefined ? old : [...old, current]) {
    const change = changeOf(step, set, sizes.get(nameOf(set)));
    if (change !== undefined) result.push(change);
  }
  return result;
}

function changeOf(
  { deployment, generations, limits }: Step,
  set: Shared<ReplicaSet>,
  size: number | undefined,
): SetChange | undefined {
  const isCurrent = set === generations.current;
  const wanted: Record<string, string> = {
    ...(isCurrent ? inheritedAnnotations(deployment) : {}),
    ...(isCurrent ? revisionAnnotations(set, nextRevision(generations.old)) : {}),
    ...(size === undefined ? {} : sizeAnnotations(limits)),
  };
  const has = set.metadata.annotations ?? {};
  const annotations = Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => !Object.hasOwn(has, key) || has[key] !== value),
  );
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const change = {
    ...(size === undefined || size === sizeOf(set) ? {} : { replicas: size }),
    ...(isCurrent && !semanticEqual(set.spec?.minReadySeconds ?? 0, minReadySeconds) ? { minReadySeconds } : {}),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  return Object.keys(change).length === 0 ? undefined : { name: nameOf(set), ...change };
}

function revisionField({ generations: { current, old } }: Step): { readonly revision?: number } {
  return current === undefined ? {} : { revision: Math.max(revisionOf(current), nextRevision(old)) };
}

/** Old sets without pods beyond the history's limit, the lowest revisions first. */
function surplusHistory({ deployment, generations: { old } }: Step): string[] {
  const limit = historyLimit(deployment);
  const kept = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (limit === undefined || kept.length <= limit) return [];
  return kept
    .sort((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, kept.length - limit)
    .filter(isEmpty)
    .map(nameOf);
}

function isEmpty(set: Shared<ReplicaSet>): boolean {
  const { generation = 0 } = set.metadata;
  return sizeOf(set) === 0 && (set.status?.replicas ?? 0) === 0 && (set.status?.observedGeneration ?? 0) >= generation;
}
