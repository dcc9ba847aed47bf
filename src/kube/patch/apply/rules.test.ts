import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LEAVES } from './testing/cases/leaves.ts';
import { LISTS } from './testing/cases/lists.ts';
import { MAPS } from './testing/cases/maps.ts';
import { SETS } from './testing/cases/sets.ts';
import { STRUCTS } from './testing/cases/structs.ts';
import { named } from './testing/history.ts';
import { run, runStep } from './testing/run-cases.ts';

/** The rules of structured-merge-diff. */
const CASES = [...LEAVES, ...SETS, ...LISTS, ...MAPS, ...STRUCTS];

describe('applyObject and trackUpdate', () => {
  for (const [what, steps, fields, owners] of CASES) {
    it(what, () => {
      const history = run(steps);
      assert.deepEqual(history.fields, fields);
      assert.deepEqual(history.owners(), owners);
    });
  }

  it('apply twice is the same as once, and changes no time', () => {
    for (const [what, steps] of CASES) {
      const history = run(steps);
      const last = steps.findLast(([kind]) => kind !== 'update');
      if (last === undefined) continue;
      history.apply(last[1], last[2], { force: true });
      const before = structuredClone(history.live);
      history.apply(last[1], last[2]);
      assert.deepEqual(history.live, before, what);
    }
  });

  it('what one applies and then takes back leaves no trace', () => {
    for (const [what, steps] of CASES) {
      const history = run(steps);
      const before = structuredClone(history.live);
      const mine = {
        list: [named('mine', { value: '1' })],
        set: ['mine'],
        map: { mine: '1' },
        maps: { mine: { a: '1' } },
      };
      history.apply('me', mine).apply('me', {});
      assert.deepEqual(history.live, before, what);
    }
  });

  it('nothing that it gets is changed', () => {
    for (const [what, steps] of CASES) {
      const history = run(steps.slice(0, -1));
      const live = history.live;
      const before = structuredClone(live);
      const last = steps.at(-1);
      if (last !== undefined) runStep(history, last);
      assert.deepEqual(live, before, what);
    }
  });
});
