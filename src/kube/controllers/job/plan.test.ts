import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../common/mod.ts';
import { assertGolden } from '../testing/golden.ts';
import { makeObject, makePod, NOW_MS, type PodFacts, secondsAgo } from '../testing/make-pod.ts';
import { planJob } from './plan.ts';
import type { Job } from './types.ts';

function jobOf(spec: Record<string, unknown> = {}, status: Record<string, unknown> = {}): Job {
  const full = {
    completions: 5,
    parallelism: 3,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    ...spec,
  };
  return makeObject('batch/v1', 'Job', 'work', { spec: full, status: { startTime: secondsAgo(100), ...status } });
}

const HELD = { finalizers: ['batch.kubernetes.io/job-tracking'] };

function podOf(name: string, facts: PodFacts = {}): Pod {
  return makePod(name, { ...facts, meta: { ...HELD, ...facts.meta } });
}

function indexed(name: string, index: number, facts: PodFacts = {}): Pod {
  return podOf(name, {
    ...facts,
    annotations: { 'batch.kubernetes.io/job-completion-index': String(index), ...facts.annotations },
  });
}

function failed(name: string, exitCode: number, secondsSince: number, index?: number): Pod {
  const finishedAt = secondsAgo(secondsSince);
  const containerStatuses = [{ name: 'main', state: { terminated: { exitCode, finishedAt } } }];
  const facts = { phase: 'Failed', status: { containerStatuses } };
  return index === undefined ? podOf(name, facts) : indexed(name, index, facts);
}

const plan = (job: Job, pods: Pod[]) => planJob(job, pods, NOW_MS);
const golden = (name: string, value: unknown) => assertGolden(import.meta.url, name, value);

test('planJob starts as many pods as may run at a time', () =>
  golden('start', plan(jobOf({}, { startTime: undefined }), [])));

test('planJob names pods that ended as uncounted before it lets them go', () => {
  const pods = [podOf('done', { phase: 'Succeeded' }), podOf('runs'), failed('bad', 1, 100)];
  golden('uncounted', plan(jobOf(), pods));
});

test('planJob counts what was let go, once', () => {
  const uncountedTerminatedPods = { succeeded: ['uid-done', 'uid-gone'], failed: ['uid-bad'] };
  const pods = [makePod('done', { phase: 'Succeeded' }), failed('bad', 1, 100)];
  golden('counted', plan(jobOf({}, { succeeded: 1, uncountedTerminatedPods }), pods));
});

test('planJob completes when everything is counted, and not before', () => {
  const held = plan(jobOf({ completions: 1 }), [podOf('done', { phase: 'Succeeded' })]);
  assert.deepEqual(
    held.status.conditions?.map(({ type }) => type),
    ['SuccessCriteriaMet'],
  );
  const job = jobOf({ completions: 1 }, { ...held.status });
  golden('complete', plan(job, [makePod('done', { phase: 'Succeeded' })]));
});

test('planJob waits longer after each failure', () => {
  assert.equal(plan(jobOf(), [failed('a', 1, 4)]).requeueAfterMs, 6000);
  assert.equal(plan(jobOf(), [failed('a', 1, 30), failed('b', 1, 4)]).requeueAfterMs, 16_000);
  assert.equal(plan(jobOf(), [failed('a', 1, 11)]).create.length, 3);
});

test('planJob fails beyond its limit of failures: what runs goes first', () => {
  const pods = [failed('a', 1, 50), failed('b', 1, 40), podOf('runs')];
  golden('backoff-limit', plan(jobOf({ backoffLimit: 1 }), pods));
});

test('planJob fails after its deadline', () => {
  golden('deadline', plan(jobOf({ activeDeadlineSeconds: 60 }), []));
  assert.equal(
    plan(jobOf({ activeDeadlineSeconds: 160 }), [podOf('a'), podOf('b'), podOf('c')]).requeueAfterMs,
    60_000,
  );
});

test('planJob deals out indexes, each once', () => {
  const pods = [
    indexed('a', 0),
    indexed('twin', 0, { ageSeconds: 5 }),
    indexed('done', 3, { phase: 'Succeeded' }),
    indexed('far', 99),
  ];
  golden('indexed', plan(jobOf({ completionMode: 'Indexed' }, { completedIndexes: '1' }), pods));
});

test('planJob counts failures by index where it is told to', () => {
  const job = jobOf({ completionMode: 'Indexed', backoffLimitPerIndex: 1, backoffLimit: 2 ** 31 - 1, completions: 3 });
  const again = failed('again', 1, 100, 1);
  again.metadata.annotations = { ...again.metadata.annotations, 'batch.kubernetes.io/job-index-failure-count': '1' };
  golden('per-index', plan(job, [failed('first', 1, 100, 0), again]));
  golden('too-many-indexes', plan(jobOf({ ...job.spec, maxFailedIndexes: 0 }), [again]).status.conditions);
});

test('planJob does what the failure policy says of exit codes and conditions', () => {
  const rules = [
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    { action: 'FailJob', onExitCodes: { containerName: 'main', operator: 'In', values: [42] } },
  ];
  const spec = { podFailurePolicy: { rules }, podReplacementPolicy: 'Failed' };
  const evicted = failed('evicted', 42, 100);
  evicted.status?.conditions?.push({ type: 'DisruptionTarget', status: 'True' });
  golden('policy-ignore', plan(jobOf(spec), [evicted]));
  golden('policy-fail', plan(jobOf(spec), [failed('bug', 42, 100)]).status);
});

test('planJob succeeds early by its success policy, and drops what still runs', () => {
  const successPolicy = { rules: [{ succeededIndexes: '0-1', succeededCount: 1 }] };
  const pods = [indexed('leader', 0, { phase: 'Succeeded' }), indexed('worker', 2)];
  golden('success-policy', plan(jobOf({ completionMode: 'Indexed', successPolicy }), pods));
});

test('planJob suspends by dropping its pods uncounted, and starts its clock anew when resumed', () => {
  golden('suspended', plan(jobOf({ suspend: true }), [podOf('a'), podOf('b')]));
  const conditions = [{ type: 'Suspended', status: 'True', lastTransitionTime: secondsAgo(50) }];
  golden('resumed', plan(jobOf({}, { conditions, startTime: undefined }), []));
});

test('planJob waits for pods that go where it replaces only those that failed', () => {
  const pods = [podOf('going', { terminating: true }), podOf('a')];
  assert.equal(plan(jobOf({ podReplacementPolicy: 'Failed' }), pods).create.length, 1);
  assert.equal(plan(jobOf({ podReplacementPolicy: 'TerminatingOrFailed', backoffLimit: 9 }), pods).release[0], 'going');
});

test('planJob changes nothing once the job is over, but lets go', () => {
  const conditions = [{ type: 'Complete', status: 'True' }];
  const job = jobOf({}, { conditions, succeeded: 5 });
  const { status, create, release } = plan(job, [podOf('late', { phase: 'Succeeded' })]);
  assert.equal(status, job.status);
  assert.deepEqual([create, release], [[], ['late']]);
});

test('planJob names no more than 500 pods as uncounted at a time', () => {
  const pods = Array.from({ length: 700 }, (_, at) => podOf(`p${at}`, { phase: 'Succeeded' }));
  const { status, release } = plan(jobOf({ completions: 1000 }), pods);
  assert.equal(status.uncountedTerminatedPods?.succeeded?.length, 500);
  assert.equal(release.length, 500);
});
