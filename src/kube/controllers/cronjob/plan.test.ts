import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../job/mod.ts';
import { makeObject, NOW_MS, secondsAgo } from '../testing/make-pod.ts';
import { planCronJob } from './plan.ts';
import { Schedule } from './schedule.ts';
import type { CronJob, CronJobStatus } from './types.ts';

function cronOf(
  spec: Record<string, unknown> = {},
  status: CronJobStatus = { lastScheduleTime: secondsAgo(300) },
): CronJob {
  return makeObject('batch/v1', 'CronJob', 'tick', {
    spec: {
      schedule: '*/5 * * * *',
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Allow',
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      ...spec,
    },
    status,
  });
}

function jobOf(name: string, condition?: 'Complete' | 'Failed', ageSeconds = 60): Job {
  const conditions = condition === undefined ? [] : [{ type: condition, status: 'True' }];
  const completionTime = condition === 'Complete' ? secondsAgo(ageSeconds - 1) : undefined;
  return makeObject('batch/v1', 'Job', name, {
    status: { conditions, completionTime, startTime: secondsAgo(ageSeconds) },
  });
}

const active = (name: string) => ({ lastScheduleTime: secondsAgo(300), active: [{ name, uid: `uid-${name}` }] });
const reasons = (cron: CronJob, jobs: Job[] = []) => planCronJob(cron, jobs, NOW_MS).notes.map(({ reason }) => reason);

test('planCronJob makes the job that is due, named by its minute, and comes back for the next', () => {
  const { create, requeueAfterMs } = planCronJob(cronOf(), [], NOW_MS);
  assert.deepEqual(create, { scheduledMs: NOW_MS, name: `tick-${NOW_MS / 60_000}` });
  assert.equal(requeueAfterMs, 300_100);
  assert.equal(planCronJob(cronOf(), [], NOW_MS - 1000).create, undefined);
});

test('planCronJob makes one job for all times that were missed', () => {
  const late = planCronJob(cronOf({}, { lastScheduleTime: '2020-01-01T00:00:00Z' }), [], NOW_MS + 90_000);
  assert.equal(late.create?.scheduledMs, NOW_MS);
});

test('planCronJob gives a time up that is missed by more than its deadline', () => {
  const cron = cronOf({ startingDeadlineSeconds: 10 });
  const late = planCronJob(cron, [], NOW_MS + 11_000);
  assert.equal(late.create, undefined);
  assert.deepEqual(
    late.notes.map(({ reason }) => reason),
    ['MissSchedule'],
  );
  assert.notEqual(planCronJob(cron, [], NOW_MS + 9000).create, undefined);
});

test('planCronJob starts nothing while it is suspended or being deleted', () => {
  assert.equal(planCronJob(cronOf({ suspend: true }), [], NOW_MS).create, undefined);
  const going = cronOf();
  going.metadata.deletionTimestamp = secondsAgo(1);
  assert.equal(planCronJob(going, [], NOW_MS).create, undefined);
});

test('planCronJob forbids, replaces or allows what still runs', () => {
  const running = jobOf('before');
  const of = (concurrencyPolicy: string) =>
    planCronJob(cronOf({ concurrencyPolicy }, active('before')), [running], NOW_MS);
  assert.deepEqual([of('Forbid').create, of('Forbid').notes[0]?.reason], [undefined, 'JobAlreadyActive']);
  assert.deepEqual(of('Replace').remove, ['before']);
  assert.deepEqual([of('Allow').remove, of('Allow').create?.scheduledMs], [[], NOW_MS]);
});

test('planCronJob takes jobs that ended off its list, and keeps the latest of each kind', () => {
  const jobs = [
    jobOf('c1', 'Complete', 300),
    jobOf('c2', 'Complete', 200),
    jobOf('f1', 'Failed', 300),
    jobOf('f2', 'Failed', 100),
  ];
  const plan = planCronJob(cronOf({ suspend: true }, active('c2')), jobs, NOW_MS);
  assert.deepEqual(plan.remove, ['c1', 'f1']);
  assert.deepEqual(plan.status, { active: [], lastScheduleTime: secondsAgo(300), lastSuccessfulTime: secondsAgo(199) });
  assert.deepEqual(
    plan.notes.map(({ reason }) => reason),
    ['SawCompletedJob'],
  );
});

test('planCronJob says what is wrong with jobs, schedules and time zones', () => {
  assert.deepEqual(reasons(cronOf({ suspend: true }, active('gone'))), ['MissingJob']);
  assert.deepEqual(reasons(cronOf({ schedule: '61 * * * *' })), ['UnparseableSchedule']);
  assert.deepEqual(reasons(cronOf({ timeZone: 'Middle/Earth' })), ['UnknownTimeZone']);
});

const next = (schedule: string, zone: string, from: string) => {
  const atMs = new Schedule(schedule, zone).next(Date.parse(from));
  return atMs === undefined ? undefined : new Date(atMs).toISOString().replace('.000', '');
};

test('Schedule.next goes by the clock of its time zone', () => {
  assert.equal(next('30 9 * * *', 'Asia/Tokyo', '2026-03-01T00:00:00Z'), '2026-03-01T00:30:00Z');
  assert.equal(next('30 9 * * *', 'Asia/Kolkata', '2026-03-01T00:00:00Z'), '2026-03-01T04:00:00Z');
  assert.equal(next('0 0 1 1 *', 'Etc/UTC', '2026-03-01T00:00:00Z'), '2027-01-01T00:00:00Z');
  assert.equal(next('0 0 29 2 *', 'Etc/UTC', '2026-03-01T00:00:00Z'), '2028-02-29T00:00:00Z');
  assert.equal(next('0 0 30 2 *', 'Etc/UTC', '2026-03-01T00:00:00Z'), undefined);
});

test('Schedule.next leaves out times that a change of clocks skips, and takes repeated ones twice', () => {
  assert.equal(next('30 2 * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z'), '2026-03-30T00:30:00Z');
  assert.equal(next('0 1 * * *', 'America/New_York', '2026-11-01T04:00:00Z'), '2026-11-01T05:00:00Z');
  assert.equal(next('0 1 * * *', 'America/New_York', '2026-11-01T05:00:00Z'), '2026-11-01T06:00:00Z');
});

test('Schedule.next takes days of the month and of the week: either where both are given', () => {
  assert.equal(next('0 0 13 * 5', 'Etc/UTC', '2026-03-01T00:00:00Z'), '2026-03-06T00:00:00Z');
  assert.equal(next('0 0 13 * *', 'Etc/UTC', '2026-03-01T00:00:00Z'), '2026-03-13T00:00:00Z');
  assert.equal(next('0 0 * * sun', 'Etc/UTC', '2026-03-01T00:00:00Z'), '2026-03-08T00:00:00Z');
  assert.equal(next('@every 90s', 'Etc/UTC', '2026-03-01T00:00:00Z'), '2026-03-01T00:01:30Z');
});

test('Schedule.last finds the latest time of a long past', () => {
  const last = (schedule: string, from: string, until: string) =>
    new Schedule(schedule, 'Etc/UTC').last(Date.parse(from), Date.parse(until));
  assert.equal(last('* * * * *', '1990-01-01T00:00:00Z', '2026-03-01T00:00:30Z'), Date.parse('2026-03-01T00:00:00Z'));
  assert.equal(last('0 0 1 1 *', '2025-06-01T00:00:00Z', '2026-03-01T00:00:00Z'), Date.parse('2026-01-01T00:00:00Z'));
  assert.equal(last('0 0 1 1 *', '2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z'), undefined);
  assert.equal(last('@every 1m', '2026-01-01T00:00:00Z', '2026-01-01T00:02:30Z'), Date.parse('2026-01-01T00:02:00Z'));
});
