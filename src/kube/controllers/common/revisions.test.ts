import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeObject } from '../testing/make-pod.ts';
import { type ControllerRevision, planRevision, type RevisionedSet, surplusRevisions } from './revisions.ts';

const templateOf = (image: string) => ({ spec: { containers: [{ name: 'main', image }] } });

function setOf(image: string, revisionHistoryLimit = 1): RevisionedSet {
  return makeObject('apps/v1', 'StatefulSet', 'db', { spec: { template: templateOf(image), revisionHistoryLimit } });
}

function revisionOf(name: string, revision: number, image: string): ControllerRevision {
  const data = { spec: { template: { ...templateOf(image), $patch: 'replace' } } };
  return makeObject('apps/v1', 'ControllerRevision', name, { data, revision });
}

const KNOWN = [revisionOf('two', 2, 'a:2'), revisionOf('one', 1, 'a:1')];

test('planRevision finds, raises or makes the revision of the present template', () => {
  assert.deepEqual(planRevision(setOf('a:2'), KNOWN), { do: 'nothing', name: 'two' });
  assert.deepEqual(planRevision(setOf('a:1'), KNOWN), { do: 'raise', name: 'one', revision: 3 });
  assert.deepEqual(planRevision(setOf('a:3'), KNOWN), { do: 'create', revision: 3 });
  assert.deepEqual(planRevision(setOf('a:1'), []), { do: 'create', revision: 1 });
});

test('surplusRevisions keeps what is in use and the latest of the rest', () => {
  const all = [4, 2, 3, 1].map((revision) => revisionOf(`r${revision}`, revision, `a:${revision}`));
  assert.deepEqual(surplusRevisions(setOf('a:4'), all, new Set(['r4', 'r1'])), ['r2']);
  assert.deepEqual(surplusRevisions(setOf('a:4', 0), all, new Set(['r4'])), ['r1', 'r2', 'r3']);
});
