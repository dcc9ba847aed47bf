import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKind, NOW_MS } from '../testing/check-kind.ts';
import { eventFromCore, eventToCore } from './convert.ts';
import { rows } from './rows.ts';

const [row] = rows;
assert.ok(row);

const EVENT = {
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'shop' },
  eventTime: '2026-01-02T03:04:00.000000Z',
  reason: 'Started',
  action: 'Start',
  type: 'Normal',
  note: 'It runs.',
  regarding: { kind: 'Pod', name: 'web', namespace: 'shop' },
  reportingController: 'example.com/starter',
  reportingInstance: 'starter-1',
  deprecatedCount: 1,
};

test('eventToCore and eventFromCore rename what the groups call differently', () => {
  const core = eventToCore(EVENT);
  assert.deepEqual(core, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: EVENT.metadata,
    eventTime: EVENT.eventTime,
    reason: 'Started',
    action: 'Start',
    type: 'Normal',
    message: 'It runs.',
    involvedObject: EVENT.regarding,
    reportingComponent: 'example.com/starter',
    reportingInstance: 'starter-1',
    count: 1,
  });
  assert.deepEqual(eventFromCore(core), EVENT);
});

test("events.k8s.io: its row converts either way, and is stored as core's", async () => {
  assert.equal(row.storageGroup, '');
  const [core] = (await row.convert?.([EVENT], 'v1')) ?? [];
  assert.equal(core?.apiVersion, 'v1');
  assert.deepEqual(await row.convert?.([core as never], 'v1'), [EVENT]);
});

const { apiVersion: _v, kind: _k, metadata: _m, ...fields } = eventToCore(EVENT);

checkKind(row, {
  minimal: fields,
  invalid: [
    ['no time', { eventTime: null }, 'eventTime: Required value'],
    ['no reporter', { reportingComponent: null }, 'reportingController: Required value'],
    [
      'no reason, no action, no instance',
      { reason: null, action: null, reportingInstance: null },
      'reportingInstance: Required value',
      'action: Required value',
      'reason: Required value',
    ],
    ['an unknown type', { type: 'Odd' }, 'type: Invalid value: "Odd": has invalid value: Odd'],
    [
      'too long a note',
      { message: 'x'.repeat(1025) },
      `note: Invalid value: "${'x'.repeat(1025)}": can have at most 1024 characters`,
    ],
    [
      'a series of one',
      { series: { count: 1, lastObservedTime: EVENT.eventTime } },
      'series.count: Invalid value: 1: should be at least 2',
    ],
  ],
  refused: [
    ['another note', { message: 'It ran.' }, 'note: Invalid value: "It ran.": field is immutable'],
    ['another reason', { reason: 'Other' }, 'reason: Invalid value: "Other": field is immutable'],
  ],
  accepted: [['a series that goes on', { series: { count: 5, lastObservedTime: EVENT.eventTime } }]],
});

test('events.k8s.io: prints and selects as core does, by its own names', () => {
  const [version] = row.versions;
  assert.equal(version?.columns?.find(({ name }) => name === 'Object')?.cell(EVENT, NOW_MS), 'pod/web');
  assert.equal(version?.columns?.find(({ name }) => name === 'Message')?.cell(EVENT, NOW_MS), 'It runs.');
  assert.equal(version?.selectableFields?.['regarding.name']?.(EVENT), 'web');
  assert.equal(version?.selectableFields?.reportingController?.(EVENT), 'example.com/starter');
});
