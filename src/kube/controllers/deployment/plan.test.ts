import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaSet } from '../replicaset/mod.ts';
import { assertGolden } from '../testing/golden.ts';
import { makeObject, NOW_MS, secondsAgo } from '../testing/make-pod.ts';
import { planDeployment } from './plan.ts';
import type { Deployment, DeploymentCondition } from './types.ts';

interface SetFacts {
  readonly image: string;
  readonly replicas: number;
  readonly available?: number;
  readonly revision?: number;
  readonly ageSeconds?: number;
  readonly desired?: number;
  readonly max?: number;
  readonly failure?: string;
}

function templateOf(image: string) {
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image }] } };
}

function deploymentOf(
  image: string,
  spec: Record<string, unknown> = {},
  status: Record<string, unknown> = {},
): Deployment {
  return makeObject(
    'apps/v1',
    'Deployment',
    'web',
    {
      spec: {
        replicas: 10,
        selector: { matchLabels: { app: 'web' } },
        template: templateOf(image),
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        revisionHistoryLimit: 2,
        progressDeadlineSeconds: 600,
        ...spec,
      },
      status,
    },
    {
      generation: 3,
      annotations: { 'kubernetes.io/change-cause': 'a test', 'deployment.kubernetes.io/revision': '7' },
    },
  );
}

function setOf(name: string, facts: SetFacts): ReplicaSet {
  const { image, replicas, available = replicas, revision = 1, ageSeconds = 100, desired = 10, max = 13 } = facts;
  const template = templateOf(image);
  const labels = { ...template.metadata.labels, 'pod-template-hash': name };
  const conditions = facts.failure === undefined ? [] : [failure(facts.failure)];
  return makeObject(
    'apps/v1',
    'ReplicaSet',
    name,
    {
      spec: { replicas, template: { ...template, metadata: { labels } } },
      status: { replicas, readyReplicas: available, availableReplicas: available, observedGeneration: 1, conditions },
    },
    {
      creationTimestamp: secondsAgo(ageSeconds),
      annotations: {
        'kubernetes.io/change-cause': 'a test',
        'deployment.kubernetes.io/revision': String(revision),
        'deployment.kubernetes.io/desired-replicas': String(desired),
        'deployment.kubernetes.io/max-replicas': String(max),
      },
    },
  );
}

function failure(message: string) {
  return { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message, lastTransitionTime: secondsAgo(9) };
}

function progressing(reason: string, seconds: number, status = 'True'): DeploymentCondition {
  const at = secondsAgo(seconds);
  return { type: 'Progressing', status, reason, message: '', lastUpdateTime: at, lastTransitionTime: at };
}

function plan(deployment: Deployment, sets: ReplicaSet[], oldPodsRun = false) {
  return planDeployment(deployment, { sets, oldPodsRun }, NOW_MS);
}

const golden = (name: string, value: unknown) => assertGolden(import.meta.url, name, value);

test('planDeployment makes the first set with all pods', () => golden('first', plan(deploymentOf('a:1'), [])));

test('planDeployment makes the set of a new template as large as the surge allows', () =>
  golden('surge', plan(deploymentOf('a:2'), [setOf('old', { image: 'a:1', replicas: 10, revision: 6 })])));

test('planDeployment shrinks old sets, those without a use first, while enough pods are available', () => {
  const sets = [
    setOf('older', { image: 'a:0', replicas: 2, available: 0, ageSeconds: 300, revision: 5 }),
    setOf('old', { image: 'a:1', replicas: 8, ageSeconds: 200, revision: 6 }),
    setOf('new', { image: 'a:2', replicas: 3, available: 1, revision: 7 }),
  ];
  golden('shrink', plan(deploymentOf('a:2'), sets));
});

test('planDeployment says that a rollout is complete, and trims the history', () => {
  const history = [1, 2, 3, 4].map((revision) =>
    setOf(`r${revision}`, { image: `a:${revision}`, replicas: 0, revision, ageSeconds: 1000 - revision }),
  );
  const current = setOf('new', { image: 'a:9', replicas: 10, revision: 7 });
  golden(
    'complete',
    plan(deploymentOf('a:9', {}, { conditions: [progressing('ReplicaSetUpdated', 5)] }), [...history, current]),
  );
});

test('planDeployment raises the revision of a set that is gone back to, and remembers the one it had', () => {
  const sets = [
    setOf('one', { image: 'a:1', replicas: 0, revision: 1, ageSeconds: 300 }),
    setOf('two', { image: 'a:2', replicas: 10, revision: 2 }),
  ];
  golden('undo', plan(deploymentOf('a:1'), sets));
});

test('planDeployment shares out a new size in the midst of a rollout', () => {
  const sets = [
    setOf('old', { image: 'a:1', replicas: 8, ageSeconds: 200, revision: 6 }),
    setOf('new', { image: 'a:2', replicas: 5, available: 2, revision: 7 }),
  ];
  golden('proportional', plan(deploymentOf('a:2', { replicas: 20 }), sets));
});

test('planDeployment shrinks in proportion too, to nothing if need be', () => {
  const sets = [
    setOf('old', { image: 'a:1', replicas: 8, ageSeconds: 200, revision: 6 }),
    setOf('new', { image: 'a:2', replicas: 5, available: 2, revision: 7 }),
  ];
  golden('proportional-zero', plan(deploymentOf('a:2', { replicas: 0 }), sets).change);
});

test('planDeployment rolls nothing out while it is paused, but scales', () => {
  const sets = [setOf('old', { image: 'a:1', replicas: 10, revision: 6 })];
  golden('paused', plan(deploymentOf('a:2', { paused: true, replicas: 4 }), sets));
});

test('planDeployment says that it goes on when it is resumed', () => {
  const sets = [setOf('new', { image: 'a:2', replicas: 10, available: 4 })];
  const status = {
    conditions: [progressing('DeploymentPaused', 60, 'Unknown')],
    replicas: 10,
    updatedReplicas: 10,
    readyReplicas: 4,
    availableReplicas: 4,
  };
  golden('resumed', plan(deploymentOf('a:2', {}, status), sets).status.conditions);
});

test('planDeployment gives a rollout up that makes no progress for too long, and says so once', () => {
  const sets = [setOf('new', { image: 'a:2', replicas: 10, available: 4 })];
  const counts = { replicas: 10, updatedReplicas: 10, readyReplicas: 4, availableReplicas: 4 };
  const stuck = plan(deploymentOf('a:2', {}, { ...counts, conditions: [progressing('ReplicaSetUpdated', 601)] }), sets);
  golden('stuck', stuck);
  const waiting = plan(
    deploymentOf('a:2', {}, { ...counts, conditions: [progressing('ReplicaSetUpdated', 590)] }),
    sets,
  );
  assert.equal(waiting.requeueAfterMs, 11_000);
  assert.equal(stuck.requeueAfterMs, undefined);
});

test('planDeployment shows why pods can not be made', () => {
  const sets = [setOf('new', { image: 'a:2', replicas: 10, available: 0, failure: 'exceeded quota' })];
  golden('replica-failure', plan(deploymentOf('a:2'), sets).status.conditions);
});

test('planDeployment recreates: all old pods go before the first new one comes', () => {
  const strategy = { type: 'Recreate' };
  const running = [setOf('old', { image: 'a:1', replicas: 10, revision: 6 })];
  const stopped = [setOf('old', { image: 'a:1', replicas: 0, revision: 6 })];
  const steps = [
    plan(deploymentOf('a:2', { strategy }), running, true),
    plan(deploymentOf('a:2', { strategy }), stopped, true),
    plan(deploymentOf('a:2', { strategy }), stopped, false),
  ];
  golden(
    'recreate',
    steps.map(({ create, change }) => ({ create, change })),
  );
});

test('planDeployment of no pods at all may go below by one, so that it can move', () => {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } };
  const sets = [
    setOf('old', { image: 'a:1', replicas: 3, ageSeconds: 200, desired: 3 }),
    setOf('new', { image: 'a:2', replicas: 0, desired: 3 }),
  ];
  assert.deepEqual(plan(deploymentOf('a:2', { strategy, replicas: 3 }), sets).change[0]?.replicas, 2);
});

test('planDeployment inherits annotations of any name', () => {
  const deployment = deploymentOf('a:1');
  deployment.metadata.annotations = JSON.parse('{"__proto__": "x", "constructor": "y"}');
  const change = plan(deployment, [setOf('new', { image: 'a:1', replicas: 10 })]).change[0];
  assert.deepEqual(Object.entries(change?.annotations ?? {}).sort(), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});
