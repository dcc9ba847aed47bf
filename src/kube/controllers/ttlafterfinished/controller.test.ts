import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../job/mod.ts';
import { makeObject, NOW_MS, secondsAgo } from '../testing/make-pod.ts';
import { expiresInMs } from './controller.ts';

function jobOf(ttlSecondsAfterFinished: number | undefined, conditions: object[]): Job {
  return makeObject('batch/v1', 'Job', 'work', { spec: { ttlSecondsAfterFinished }, status: { conditions } });
}

const ended = (type: string) => [{ type, status: 'True', lastTransitionTime: secondsAgo(50) }];

test('expiresInMs counts from the end of the job, well or not', () => {
  assert.equal(expiresInMs(jobOf(60, ended('Complete')), NOW_MS), 10_000);
  assert.equal(expiresInMs(jobOf(0, ended('Failed')), NOW_MS), -50_000);
});

test('expiresInMs lets jobs stay that say nothing, run, or only seem to have ended', () => {
  assert.equal(expiresInMs(jobOf(undefined, ended('Complete')), NOW_MS), undefined);
  assert.equal(expiresInMs(jobOf(60, []), NOW_MS), undefined);
  assert.equal(expiresInMs(jobOf(60, ended('FailureTarget')), NOW_MS), undefined);
});
