import assert from 'node:assert/strict';
import { it } from 'node:test';
import { alignColumns, displayWidth } from './table.ts';
import { ago, binarySize, ellipsis, humanDuration, humanSize, shortId } from './units.ts';

it('sizes are written as docker writes them', () => {
  assert.deepEqual(
    [0, 999, 1000, 1234, 1_982_123, 5e9].map((bytes) => humanSize(bytes)),
    ['0B', '999B', '1kB', '1.234kB', '1.982MB', '5GB'],
  );
  assert.deepEqual(
    [500, 1_982_123].map((bytes) => humanSize(bytes, 3)),
    ['500B', '1.98MB'],
  );
  assert.deepEqual([1023, 1024, 536_870_912, 25_272_303_616].map(binarySize), ['1023B', '1KiB', '512MiB', '23.54GiB']);
});

it('durations are written as docker writes them', () => {
  const hour = 3600;
  const cases: [number, string][] = [
    [0.4, 'Less than a second'],
    [1, '1 second'],
    [59, '59 seconds'],
    [60, 'About a minute'],
    [125, '2 minutes'],
    [hour, 'About an hour'],
    [5 * hour, '5 hours'],
    [47 * hour, '47 hours'],
    [48 * hour, '2 days'],
    [15 * 24 * hour, '2 weeks'],
    [70 * 24 * hour, '2 months'],
    [3 * 365 * 24 * hour, '3 years'],
  ];
  for (const [seconds, text] of cases) assert.equal(humanDuration(seconds), text);
  assert.equal(ago(0), 'N/A');
  assert.equal(ago(1000, 1_005_000), '5 seconds ago');
});

it('ids and texts are cut', () => {
  assert.equal(shortId(`sha256:${'ab'.repeat(32)}`), 'abababababab');
  assert.equal(ellipsis('sleep 1000000000000000000', 10), 'sleep 100…');
  assert.equal(ellipsis('short', 10), 'short');
});

it('columns align, wide characters included', () => {
  assert.equal(displayWidth('箱舟'), 4);
  assert.equal(displayWidth('é'), 1);
  assert.equal(alignColumns(['A\tB', '箱舟の長い名前\tb']), 'A                B\n箱舟の長い名前   b\n');
  assert.equal(alignColumns(['A\tB']), 'A         B\n');
});
