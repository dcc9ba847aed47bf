import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaSet } from '../replicaset/mod.ts';
import { makeObject, NOW_MS } from '../testing/make-pod.ts';
import { limitsOf } from './limits.ts';
import { newReplicaSet } from './new-set.ts';
import { type DeploymentPlan, planDeployment } from './plan.ts';
import { isComplete } from './progress.ts';
import { DEPLOYMENT } from './reconciler.ts';
import type { Deployment } from './types.ts';

/** A deployment whose sets a simulated ReplicaSet controller serves, a pod at a time, in an order that chance gives. */
class Rollout {
  readonly deployment: Deployment;
  readonly #random: () => number;
  #sets: ReplicaSet[] = [];
  #made = 0;

  constructor(spec: Record<string, unknown>, random: () => number) {
    this.#random = random;
    this.deployment = makeObject('apps/v1', 'Deployment', 'web', {
      spec: { revisionHistoryLimit: 1, ...spec },
      status: {},
    });
    this.setImage('a:1');
  }

  setImage(image: string): void {
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image }] } };
    this.deployment.spec = { ...this.deployment.spec, template };
    this.deployment.metadata.generation = (this.deployment.metadata.generation ?? 0) + 1;
  }

  /** One reconcile, and one pod that comes or goes. Answers whether the rollout is complete. */
  step(): boolean {
    const plan = planDeployment(this.deployment, { sets: this.#sets, oldPodsRun: false }, NOW_MS);
    this.#apply(plan);
    this.#podsMove();
    return isComplete(this.deployment, plan.status);
  }

  count(field: 'replicas' | 'availableReplicas'): number {
    return this.#sets.reduce((sum, { status }) => sum + (status?.[field] ?? 0), 0);
  }

  get wanted(): number {
    return this.#sets.reduce((sum, { spec }) => sum + (spec?.replicas ?? 0), 0);
  }

  get sets(): number {
    return this.#sets.length;
  }

  #apply({ create, change, remove, status }: DeploymentPlan): void {
    for (const { name, replicas, annotations } of change) {
      const set = this.#sets.find(({ metadata }) => metadata.name === name);
      assert.ok(set?.spec !== undefined, name);
      if (replicas !== undefined) set.spec.replicas = replicas;
      set.metadata.annotations = { ...set.metadata.annotations, ...annotations };
    }
    if (create !== undefined) {
      const set = newReplicaSet(this.deployment, DEPLOYMENT, { ...create, limits: limitsOf(this.deployment) });
      set.metadata.creationTimestamp = new Date(NOW_MS + this.#made++ * 1000).toISOString();
      this.#sets.push({ ...set, status: { replicas: 0, availableReplicas: 0, observedGeneration: 0 } });
    }
    this.#sets = this.#sets.filter(({ metadata }) => !remove.includes(metadata.name ?? ''));
    this.deployment.status = structuredClone(status) as NonNullable<Deployment['status']>;
  }

  /** Pods that are too many go at once; of those that are missing or not available yet one moves on. */
  #podsMove(): void {
    const set = this.#sets[Math.floor(this.#random() * this.#sets.length)];
    for (const { spec, status } of this.#sets) {
      if (status === undefined) continue;
      status.replicas = Math.min(status.replicas ?? 0, spec?.replicas ?? 0);
      status.availableReplicas = Math.min(status.availableReplicas ?? 0, status.replicas);
    }
    if (set?.status === undefined) return;
    const { replicas = 0, availableReplicas = 0 } = set.status;
    if (replicas < (set.spec?.replicas ?? 0)) set.status.replicas = replicas + 1;
    else if (availableReplicas < replicas) set.status.availableReplicas = availableReplicas + 1;
  }
}

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const MAX_STEPS = 2000;

function finish(rollout: Rollout, check: () => void): void {
  for (let at = 0; at < MAX_STEPS; at++) {
    if (rollout.step()) return;
    check();
  }
  assert.fail('the rollout does not end');
}

test('a rolling update ends, with never too many pods nor too few available, whatever comes first', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomOf(seed);
    const pick = (limit: number) => Math.floor(random() * limit);
    const rollingUpdate = { maxSurge: pick(5), maxUnavailable: random() < 0.5 ? `${pick(101)}%` : pick(4) };
    const rollout = new Rollout({ replicas: 1 + pick(12), strategy: { type: 'RollingUpdate', rollingUpdate } }, random);
    const { replicas, maxSurge, maxUnavailable } = limitsOf(rollout.deployment);
    const what = `seed ${seed}: ${JSON.stringify({ replicas, ...rollingUpdate })}`;
    finish(rollout, () => assert.ok(rollout.wanted <= replicas + maxSurge, what));
    // A second template in the midst of the rollout of the first.
    for (const image of ['a:2', 'a:3']) {
      rollout.setImage(image);
      const steps = image === 'a:2' ? pick(15) : 0;
      for (let at = 0; at < steps; at++) rollout.step();
    }
    finish(rollout, () => {
      assert.ok(rollout.wanted <= replicas + maxSurge, `${what}: ${rollout.wanted} pods`);
      const available = rollout.count('availableReplicas');
      assert.ok(available >= replicas - maxUnavailable, `${what}: ${available} available`);
    });
    assert.ok(rollout.sets <= 2, `${what}: ${rollout.sets} sets are kept`);
  }
});
