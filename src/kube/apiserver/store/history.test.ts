import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CachedEntry } from './entry.ts';
import { CacheEvent } from './event.ts';
import { History } from './history.ts';

function event(revision: number, previousChars = 0): CacheEvent {
  const current = new CachedEntry(`k${revision}`, '{}', revision);
  const previous = previousChars === 0 ? undefined : new CachedEntry(current.key, 'x'.repeat(previousChars), 1);
  return new CacheEvent(revision, current, previous);
}

function revisionsAfter(history: History, revision: number): number[] | undefined {
  return history.after(revision)?.map((one) => one.revision);
}

describe('History', () => {
  it('gives what came after a revision, oldest first', () => {
    const history = new History();
    history.reset(10);
    for (const revision of [11, 13, 17]) history.add(event(revision));
    assert.deepEqual(revisionsAfter(history, 10), [11, 13, 17]);
    assert.deepEqual(revisionsAfter(history, 12), [13, 17]);
    assert.deepEqual(revisionsAfter(history, 99), []);
    assert.equal(revisionsAfter(history, 9), undefined, 'nobody knows what was before');
  });

  it('forgets the oldest beyond its number of events and says so', () => {
    const history = new History({ maxEvents: 3, maxChars: 1000 });
    history.reset(0);
    for (let revision = 1; revision <= 5; revision++) history.add(event(revision));
    assert.equal(revisionsAfter(history, 1), undefined);
    assert.deepEqual(revisionsAfter(history, 2), [3, 4, 5]);
  });

  it('forgets the oldest beyond its characters', () => {
    const history = new History({ maxEvents: 100, maxChars: 25 });
    history.reset(0);
    for (let revision = 1; revision <= 4; revision++) history.add(event(revision, 10));
    assert.equal(revisionsAfter(history, 1), undefined);
    assert.deepEqual(revisionsAfter(history, 2), [3, 4]);
  });

  it('stays right over many events', () => {
    const history = new History({ maxEvents: 100, maxChars: 1_000_000 });
    history.reset(0);
    for (let revision = 1; revision <= 10_000; revision++) history.add(event(revision));
    assert.equal(revisionsAfter(history, 9_899), undefined);
    assert.equal(revisionsAfter(history, 9_900)?.length, 100);
    assert.deepEqual(revisionsAfter(history, 9_998), [9_999, 10_000]);
  });

  it('gives all events of one revision, or none', () => {
    const history = new History({ maxEvents: 2, maxChars: 1000 });
    history.reset(0);
    for (const revision of [5, 5, 5]) history.add(event(revision));
    assert.equal(revisionsAfter(history, 4), undefined);
    assert.deepEqual(revisionsAfter(history, 5), []);
  });
});
