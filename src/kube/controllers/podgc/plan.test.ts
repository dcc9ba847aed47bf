import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../common/mod.ts';
import { makePod, NOW_MS } from '../testing/make-pod.ts';
import { planPodGc } from './plan.ts';

function doomed(pods: Pod[], missing: [string, number][] = [], lost: string[] = []) {
  const state = {
    pods,
    nodes: new Set(['node-1', 'lost']),
    lostNodes: new Set(lost),
    missingSinceMs: new Map(missing),
  };
  return planPodGc(state, NOW_MS).map(({ key, disruption }) => [key, disruption?.message]);
}

test('planPodGc takes pods of nodes that stay away, after a while', () => {
  const pods = [makePod('a', { node: 'gone' }), makePod('b')];
  assert.deepEqual(doomed(pods, [['gone', NOW_MS - 40_000]]), [['test/a', 'PodGC: node no longer exists']]);
  assert.deepEqual(doomed(pods, [['gone', NOW_MS - 39_000]]), []);
  assert.deepEqual(doomed(pods), []);
});

test('planPodGc takes pods that go and never were on a node, or whose node is out of service', () => {
  assert.deepEqual(doomed([makePod('a', { node: '', terminating: true }), makePod('b', { node: '' })]), [
    ['test/a', undefined],
  ]);
  const pods = [makePod('c', { node: 'lost', terminating: true }), makePod('d', { node: 'lost' })];
  assert.deepEqual(doomed(pods, [], ['lost']), [['test/c', 'PodGC: node lost is out of service']]);
});

test('planPodGc keeps 12,500 pods that ended, the latest', () => {
  const pods = Array.from({ length: 12_502 }, (_, at) =>
    makePod(`p${at}`, { phase: 'Succeeded', ageSeconds: 20_000 - at }),
  );
  assert.deepEqual(doomed(pods), [
    ['test/p0', undefined],
    ['test/p1', undefined],
  ]);
});
