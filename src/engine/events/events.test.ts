import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#base';
import type { EngineEvent } from '../contract.ts';
import { createEvents } from './mod.ts';

function fixedClock(startMs: number) {
  const clock = { ms: startMs, nowMs: () => clock.ms, monotonicMs: () => clock.ms };
  return clock;
}

async function take(stream: AsyncIterable<EngineEvent>, count = Number.POSITIVE_INFINITY): Promise<string[]> {
  const ids: string[] = [];
  for await (const event of stream) {
    ids.push(event.actor.id);
    if (ids.length >= count) break;
  }
  return ids;
}

test('a subscription begins with the call, not with the first read', async () => {
  using events = createEvents({ clock: systemClock });
  const stream = events.subscribe({});
  events.publish('container', 'create', 'a');
  events.publish('container', 'start', 'b');
  assert.deepEqual(await take(stream, 2), ['a', 'b']);
});

test('a new subscription gets no past unless it asks', async () => {
  using events = createEvents({ clock: systemClock });
  events.publish('container', 'create', 'old');
  const stream = events.subscribe({});
  events.publish('container', 'create', 'new');
  assert.deepEqual(await take(stream, 1), ['new']);
});

test('since replays the past and goes on live, without loss or duplicate', async () => {
  const clock = fixedClock(1000);
  using events = createEvents({ clock });
  events.publish('container', 'create', 'before');
  clock.ms = 2000;
  events.publish('container', 'create', 'at');
  const stream = events.subscribe({ sinceMs: 2000 });
  events.publish('container', 'create', 'live');
  assert.deepEqual(await take(stream, 2), ['at', 'live']);
});

test('a past until ends the stream after the history', async () => {
  const clock = fixedClock(1000);
  using events = createEvents({ clock });
  events.publish('container', 'create', 'a');
  clock.ms = 3000;
  events.publish('container', 'create', 'b');
  assert.deepEqual(await take(events.subscribe({ untilMs: 2000 })), ['a']);
});

test('a future until ends the stream when it comes', async () => {
  using events = createEvents({ clock: systemClock });
  const stream = events.subscribe({ untilMs: Date.now() + 30 });
  events.publish('image', 'pull', 'x');
  assert.deepEqual(await take(stream), ['x']);
});

test('an until that is further than a timer reaches does not end the stream at once', async () => {
  using events = createEvents({ clock: systemClock });
  const stream = events.subscribe({ untilMs: Date.now() + 90 * 24 * 3_600_000 });
  setTimeout(() => events.publish('image', 'pull', 'x'), 20);
  assert.deepEqual(await take(stream, 1), ['x']);
});

test('the history holds the last 1,000 events in order', async () => {
  using events = createEvents({ clock: systemClock });
  for (let i = 0; i < 2345; i++) events.publish('container', 'create', String(i));
  const ids = await take(events.subscribe({ sinceMs: 0, untilMs: Date.now() + 1 }));
  assert.equal(ids.length, 1000);
  assert.equal(ids[0], '1345');
  assert.equal(ids.at(-1), '2344');
});

test('times strictly increase, also when the clock stands still or jumps back', async () => {
  const clock = fixedClock(5000);
  using events = createEvents({ clock });
  const stream = events.subscribe({});
  for (let i = 0; i < 3; i++) events.publish('container', 'create', String(i));
  clock.ms = 10;
  events.publish('container', 'create', '3');
  let last = 0n;
  let seen = 0;
  for await (const event of stream) {
    assert.ok(event.timeNs > last);
    last = event.timeNs;
    if (++seen === 4) break;
  }
});

test('a subscriber that lags 10,000 events behind is ended and loses nothing before its end', async () => {
  using events = createEvents({ clock: systemClock });
  const slow = events.subscribe({});
  for (let i = 0; i < 10_500; i++) events.publish('container', 'create', String(i));
  const ids = await take(slow);
  assert.equal(ids.length, 10_000);
  assert.equal(ids.at(-1), '9999');
});

test('abort ends a waiting reader, dispose ends all', async () => {
  const events = createEvents({ clock: systemClock });
  const abort = new AbortController();
  const aborted = take(events.subscribe({ signal: abort.signal }));
  const disposed = take(events.subscribe({}));
  abort.abort();
  assert.deepEqual(await aborted, []);
  events.publish('daemon', 'reload', 'd');
  events[Symbol.dispose]();
  assert.deepEqual(await disposed, ['d']);
  assert.deepEqual(await take(events.subscribe({})), []);
});

test('an event is a value: a later change of the attributes does not reach it', async () => {
  using events = createEvents({ clock: systemClock });
  const attributes = { name: 'web' };
  const stream = events.subscribe({});
  events.publish('container', 'rename', 'a', attributes);
  attributes.name = 'changed';
  for await (const event of stream) {
    assert.equal(event.actor.attributes.name, 'web');
    break;
  }
});
