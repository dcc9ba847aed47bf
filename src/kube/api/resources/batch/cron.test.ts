import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CronSyntaxError, parseCron } from './cron.ts';
import { isTimeZone } from './time-zone.ts';

function bits(field: bigint): number[] {
  const found: number[] = [];
  for (let at = 0; field >> BigInt(at) > 0n; at++) if ((field >> BigInt(at)) & 1n) found.push(at);
  return found;
}

test('parseCron reads lists, ranges, steps and names', () => {
  const schedule = parseCron('*/20 9-17/4 1,15 jan-mar mon,FRI');
  assert.deepEqual(bits(schedule.minutes), [0, 20, 40]);
  assert.deepEqual(bits(schedule.hours), [9, 13, 17]);
  assert.deepEqual(bits(schedule.daysOfMonth), [1, 15]);
  assert.deepEqual(bits(schedule.months), [1, 2, 3]);
  assert.deepEqual(bits(schedule.daysOfWeek), [1, 5]);
  assert.equal(schedule.anyDayOfMonth, false);
  assert.equal(schedule.anyDayOfWeek, false);
});

test('parseCron takes a start with a step to the end of the range', () => {
  assert.deepEqual(bits(parseCron('50/5 * ? * *').minutes), [50, 55]);
});

test('parseCron knows the descriptors', () => {
  assert.deepEqual(parseCron('@hourly'), parseCron('0 * * * *'));
  assert.deepEqual(parseCron('@annually'), parseCron('0 0 1 1 *'));
  assert.deepEqual(bits(parseCron('@weekly').daysOfWeek), [0]);
  assert.equal(parseCron('@every 1h30m').everyMs, 90 * 60_000);
  assert.equal(parseCron('@every 10ms').everyMs, 1000);
});

test('parseCron says what is wrong in the words of upstream', () => {
  const cases: Record<string, string> = {
    '': 'empty spec string',
    '* * * *': 'expected exactly 5 fields, found 4: [* * * *]',
    '* * * * * *': 'expected exactly 5 fields, found 6: [* * * * * *]',
    '60 * * * *': 'end of range (60) above maximum (59): 60',
    '* * 0 * *': 'beginning of range (0) below minimum (1): 0',
    '* * * * 7': 'end of range (7) above maximum (6): 7',
    '5-1 * * * *': 'beginning of range (5) beyond end of range (1): 5-1',
    '*/0 * * * *': 'step of range should be a positive number: */0',
    '1-2-3 * * * *': 'too many hyphens: 1-2-3',
    '1/2/3 * * * *': 'too many slashes: 1/2/3',
    'x * * * *': 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax',
    '@never': 'unrecognized descriptor: @never',
    '@every soon': 'failed to parse duration @every soon: time: invalid duration "soon"',
  };
  for (const [spec, message] of Object.entries(cases))
    assert.throws(() => parseCron(spec), { name: 'CronSyntaxError', message }, spec);
});

test('parseCron is quick about hostile texts', () => {
  for (const spec of [
    '1,'.repeat(1e6),
    `@every ${'1h'.repeat(1e6)}`,
    `${'9'.repeat(500)} * * * *`,
    '*/999999999 * * * *',
  ])
    try {
      parseCron(spec);
    } catch (error) {
      assert.ok(error instanceof CronSyntaxError);
    }
});

test('isTimeZone knows names, not offsets', () => {
  assert.equal(isTimeZone('Europe/Berlin'), true);
  assert.equal(isTimeZone('UTC'), true);
  for (const name of ['', '+01:00', 'Mars/Olympus', 'x'.repeat(1000), '../etc/passwd'])
    assert.equal(isTimeZone(name), false, name);
});
