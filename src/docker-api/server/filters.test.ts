import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Filters } from './filters.ts';
import { humanDuration, parseMomentMs, rfc3339 } from './time.ts';

test('filters are read in both forms; unknown keys and malformed JSON are refused', () => {
  assert.deepEqual(Filters.parse('{"label":["a","b=c"]}', ['label']).values('label'), ['a', 'b=c']);
  assert.deepEqual(Filters.parse('{"label":{"a":true,"no":false}}', ['label']).values('label'), ['a']);
  assert.deepEqual(Filters.parse('', []).values('x'), []);
  for (const bad of ['{', '[]', '{"x":["y"]}', '{"label":"a"}', '{"label":[1]}', '1']) {
    assert.throws(() => Filters.parse(bad, ['label']), { code: 'invalid' });
  }
});

test('labels, booleans and prefixes match as in docker', () => {
  const filters = Filters.parse('{"label":["a","b=c"],"label!":["x"],"dangling":["1"],"id":["ab"]}', [
    'label',
    'label!',
    'dangling',
    'id',
  ]);
  assert.ok(filters.labels({ a: '', b: 'c' }));
  assert.ok(!filters.labels({ a: '', b: 'd' }));
  assert.ok(!filters.labels({ a: '', b: 'c', x: '' }));
  assert.equal(filters.bool('dangling'), true);
  assert.ok(filters.startsWith('id', 'abc') && !filters.startsWith('id', 'bab'));
  assert.throws(() => Filters.parse('{"dangling":["maybe"]}', ['dangling']).bool('dangling'), { code: 'invalid' });
});

test('a hostile regular expression is matched in linear time, an invalid one matches as text', () => {
  const filters = Filters.parse('{"name":["(a+)+$"]}', ['name']);
  assert.equal(filters.matches('name', `${'a'.repeat(5000)}!`), false);
  assert.ok(Filters.parse('{"name":["we.+"]}', ['name']).matches('name', 'web'));
  assert.ok(Filters.parse('{"name":["["]}', ['name']).matches('name', '['));
});

test('moments and durations are read and written as Go does', () => {
  assert.equal(parseMomentMs('1700000000.5', 'since'), 1_700_000_000_500);
  assert.equal(parseMomentMs('2026-01-02T03:04:05Z', 'since'), Date.parse('2026-01-02T03:04:05Z'));
  assert.ok(Math.abs((parseMomentMs('1h30m', 'since') ?? 0) - (Date.now() - 5_400_000)) < 1000);
  assert.throws(() => parseMomentMs('yesterday', 'since'), { code: 'invalid' });
  assert.equal(rfc3339(0), '0001-01-01T00:00:00Z');
  assert.equal(rfc3339(1_700_000_000_120), '2023-11-14T22:13:20.12Z');
  assert.equal(rfc3339(1_700_000_000_000), '2023-11-14T22:13:20Z');
  const words = [500, 1000, 59_000, 61_000, 180_000, 3_600_000, 7_200_000, 50 * 3_600_000, 15 * 86_400_000];
  assert.deepEqual(words.map(humanDuration), [
    'Less than a second',
    '1 second',
    '59 seconds',
    'About a minute',
    '3 minutes',
    'About an hour',
    '2 hours',
    '2 days',
    '2 weeks',
  ]);
});
