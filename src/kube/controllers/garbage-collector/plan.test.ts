import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ItemFacts, type OwnerState, planItem } from './plan.ts';

function facts(states: OwnerState[], more: Partial<ItemFacts> = {}): ItemFacts {
  const owners = states.map((state, at) => ({
    reference: { apiVersion: 'v1', kind: 'X', name: `o${at}`, uid: `u${at}` },
    state,
  }));
  return { metadata: {}, owners, hasDependents: false, hasWaitingDependent: false, ...more };
}

const CASES: readonly [string, ItemFacts, object][] = [
  ['no owners', facts([]), { do: 'nothing' }],
  ['all owners are there', facts(['present', 'present']), { do: 'nothing' }],
  ['nobody knows of one', facts(['absent', 'unknown']), { do: 'nothing' }],
  ['the owner is gone', facts(['absent']), { do: 'delete', policy: 'Background', unblock: false }],
  ['one of two is gone', facts(['absent', 'present']), { do: 'drop-owners', uids: ['u0'] }],
  ['one of two waits', facts(['present', 'waiting']), { do: 'drop-owners', uids: ['u1'] }],
  ['the owner waits', facts(['waiting']), { do: 'delete', policy: 'Background', unblock: false }],
  [
    'the owner waits, and there are dependents',
    facts(['waiting'], { hasDependents: true }),
    { do: 'delete', policy: 'Foreground', unblock: false },
  ],
  [
    'the owner waits, and a dependent too',
    facts(['waiting'], { hasDependents: true, hasWaitingDependent: true }),
    { do: 'delete', policy: 'Foreground', unblock: true },
  ],
  [
    'it is to leave its dependents alone',
    facts(['absent'], { metadata: { finalizers: ['orphan'] } }),
    { do: 'delete', policy: 'Orphan', unblock: false },
  ],
  [
    'it is on its way',
    facts(['absent'], { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    { do: 'nothing' },
  ],
];

test('planItem deletes only what all owners have left', () => {
  for (const [name, given, wanted] of CASES) assert.deepEqual(planItem(given), wanted, name);
});
