import assert from 'node:assert/strict';
import { it } from 'node:test';
import { UsageError } from '../errors.ts';
import { parseTime } from './times.ts';
import { parseCpus, parseCsv, parseDuration, parseSize, parseSizeOrUnlimited } from './values.ts';

function refuses(parse: (text: string) => unknown, ...texts: string[]): void {
  for (const text of texts) assert.throws(() => parse(text), UsageError, text);
}

it('sizes are binary and may carry a unit', () => {
  assert.deepEqual(
    ['0', '1', '1b', '64K', '512m', '1.5g', '2GiB', '1tb'].map(parseSize),
    [0, 1, 1, 65_536, 536_870_912, 1_610_612_736, 2_147_483_648, 1_099_511_627_776],
  );
  assert.equal(parseSizeOrUnlimited('-1'), -1);
  refuses(parseSize, '', '-1', '5x', 'm', '1 2', '0x10', '1e3');
});

it('durations are those of Go, in nanoseconds', () => {
  assert.deepEqual(['0', '500ms', '1m30s', '1.5h', '10us'].map(parseDuration), [0, 5e8, 9e10, 5.4e12, 1e4]);
  refuses(parseDuration, '', '5', '-1s', '1d', 's', '1m 30s');
});

it('CPUs are billionths', () => {
  assert.deepEqual(['0.5', '2', '1.000000001'].map(parseCpus), [5e8, 2e9, 1_000_000_001]);
  refuses(parseCpus, '', '-1', '1e1', '.', 'two');
});

it('CSV fields may be quoted', () => {
  assert.deepEqual(parseCsv('a,b=c'), ['a', 'b=c']);
  assert.deepEqual(parseCsv('"a,b","say ""x""",c'), ['a,b', 'say "x"', 'c']);
  assert.deepEqual(parseCsv('a,'), ['a', '']);
  assert.deepEqual(parseCsv('a'), ['a']);
});

it('times are Unix times, dates or durations before now', () => {
  assert.equal(parseTime(''), '');
  assert.equal(parseTime('1700000000.5'), '1700000000.5');
  assert.equal(parseTime('10m', 1_000_000_000), '999400.000000000');
  assert.equal(parseTime('2026-11-21T13:23:37.000000001Z'), '1795267417.000000001');
  refuses(parseTime, 'yesterday', '2026-99-99');
});
