import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOW_MS, secondsAgo } from '../testing/make-pod.ts';
import { silentAtMs, unknownConditions } from './conditions.ts';
import { planTaints } from './taints.ts';
import type { Node, NodeCondition, Taint } from './types.ts';
import { evictionPauseMs, isAllLost, type ZoneMode, zoneModes } from './zones.ts';

function node(
  ready: string | undefined,
  facts: { taints?: Taint[]; zone?: string; unschedulable?: boolean; more?: NodeCondition[] } = {},
): Node {
  const labels: Record<string, string> = facts.zone === undefined ? {} : { 'topology.kubernetes.io/zone': facts.zone };
  const conditions = [...(ready === undefined ? [] : [{ type: 'Ready', status: ready }]), ...(facts.more ?? [])];
  const spec = { taints: facts.taints ?? [], unschedulable: facts.unschedulable ?? false };
  const metadata = { name: 'n', labels, creationTimestamp: secondsAgo(30) };
  return { apiVersion: 'v1', kind: 'Node', metadata, spec, status: { conditions } };
}

const keysOf = (taints: readonly Taint[] | undefined) =>
  taints?.map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`);

test('silentAtMs gives nodes fifty seconds, and those that never spoke a minute from their birth', () => {
  assert.equal(silentAtMs(node('True'), NOW_MS), NOW_MS + 50_000);
  assert.equal(silentAtMs(node(undefined), NOW_MS - 20_000), NOW_MS + 30_000);
});

test('unknownConditions say of all four that nobody knows, once', () => {
  const before = node('True', { more: [{ type: 'DiskPressure', status: 'False' }] });
  const conditions = unknownConditions(before, NOW_MS) ?? [];
  assert.deepEqual(
    conditions.map(({ type, status, reason }) => [type, status, reason]),
    [
      ['Ready', 'Unknown', 'NodeStatusUnknown'],
      ['DiskPressure', 'Unknown', 'NodeStatusUnknown'],
      ['MemoryPressure', 'Unknown', 'NodeStatusNeverUpdated'],
      ['PIDPressure', 'Unknown', 'NodeStatusNeverUpdated'],
    ],
  );
  assert.equal(
    unknownConditions({ ...before, status: { conditions: [...conditions] as NodeCondition[] } }, NOW_MS),
    undefined,
  );
});

const TAINTS: readonly [string, Node, boolean, string[] | undefined][] = [
  ['a node that is well', node('True'), false, undefined],
  ['one that is not ready', node('False'), true, ['not-ready:NoSchedule', 'not-ready:NoExecute']],
  ['one that is not ready, not yet to be emptied', node('False'), false, ['not-ready:NoSchedule']],
  ['one that is silent', node('Unknown'), true, ['unreachable:NoSchedule', 'unreachable:NoExecute']],
  ['one that nobody is to be put on', node('True', { unschedulable: true }), false, ['unschedulable:NoSchedule']],
  [
    'one under pressure',
    node('True', { more: [{ type: 'MemoryPressure', status: 'True' }] }),
    false,
    ['memory-pressure:NoSchedule'],
  ],
  [
    'one that came back',
    node('True', {
      taints: [
        { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
        { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
        { key: 'mine', effect: 'NoExecute' },
      ],
    }),
    false,
    ['mine:NoExecute'],
  ],
  [
    'one that fell silent after it was not ready',
    node('Unknown', { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }] }),
    true,
    ['unreachable:NoSchedule', 'unreachable:NoExecute'],
  ],
];

test('planTaints taints what nodes are in, and leaves the taints of others', () => {
  for (const [name, given, evict, wanted] of TAINTS) {
    const taints = planTaints(given, evict, NOW_MS) as Taint[] | undefined;
    assert.deepEqual(keysOf(taints), wanted, name);
    if (taints !== undefined)
      assert.equal(planTaints({ ...given, spec: { ...given.spec, taints } }, evict, NOW_MS), undefined, name);
  }
});

test('zoneModes tell a lost node from a lost zone', () => {
  const zone = (name: string, states: string[]) => states.map((state) => node(state, { zone: name }));
  const modes = zoneModes([
    ...zone('fine', ['True', 'Unknown']),
    ...zone('partial', ['True', 'False', 'False', 'False']),
    ...zone('lost', ['Unknown']),
  ]);
  assert.deepEqual(
    [...modes.values()],
    [
      { mode: 'normal', size: 2 },
      { mode: 'partial', size: 4 },
      { mode: 'full', size: 1 },
    ],
  );
});

test('evictionPauseMs slows down where much is lost, and stops where all is', () => {
  const modes = (entries: [string, ZoneMode, number][]) =>
    new Map(entries.map(([zone, mode, size]) => [zone, { mode, size }]));
  const mixed = modes([
    ['a', 'normal', 3],
    ['b', 'partial', 60],
    ['c', 'partial', 5],
    ['d', 'full', 2],
  ]);
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((zone) => evictionPauseMs(zone, mixed)),
    [10_000, 100_000, 'never', 10_000],
  );
  assert.equal(evictionPauseMs('a', modes([['a', 'full', 9]])), 'never');
  assert.equal(
    isAllLost(
      modes([
        ['a', 'full', 9],
        ['b', 'full', 1],
      ]),
    ),
    true,
  );
  assert.equal(isAllLost(mixed), false);
});
