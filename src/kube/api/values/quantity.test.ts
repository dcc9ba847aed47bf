import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  isWholeQuantity,
  millisOf,
  parseQuantity,
  roundUpToMilli,
  subtractQuantities,
  unitsOf,
} from './quantity.ts';

function canonical(text: string): string | undefined {
  const quantity = parseQuantity(text);
  return quantity === undefined ? undefined : formatQuantity(quantity);
}

const CANONICAL: readonly (readonly [string, string])[] = [
  ['0', '0'],
  ['-0', '0'],
  ['00', '0'],
  ['1', '1'],
  ['+1', '1'],
  ['-1', '-1'],
  ['001', '1'],
  ['1.', '1'],
  ['.5', '500m'],
  ['0.5', '500m'],
  ['1.5', '1500m'],
  ['100m', '100m'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['0.1n', '1n'],
  ['-0.1n', '-1n'],
  ['1n', '1n'],
  ['1000n', '1u'],
  ['1u', '1u'],
  ['1000', '1k'],
  ['1k', '1k'],
  ['1001', '1001'],
  ['1000000', '1M'],
  ['1e3', '1e3'],
  ['1e4', '10e3'],
  ['1E3', '1e3'],
  ['12e-3', '12e-3'],
  ['1e0', '1'],
  ['1E', '1E'],
  ['1Ki', '1Ki'],
  ['1024Ki', '1Mi'],
  ['1024Mi', '1Gi'],
  ['0.5Gi', '512Mi'],
  ['1.5Gi', '1536Mi'],
  ['1023Ki', '1023Ki'],
  ['0.5Ki', '512'],
  ['0.5Mi', '512Ki'],
  ['100Mi', '100Mi'],
  ['128974848', '128974848'],
  ['129e6', '129e6'],
  ['129M', '129M'],
  ['123Mi', '123Mi'],
  ['9223372036854775807', '9223372036854775807'],
];

for (const [text, expected] of CANONICAL) {
  test(`formatQuantity shows ${text} as ${expected}`, () => {
    assert.equal(canonical(text), expected);
  });
}

test('formatQuantity gives what it is given once it is canonical', () => {
  for (const [, expected] of CANONICAL) assert.equal(canonical(expected), expected);
});

test('parseQuantity takes numbers of JSON', () => {
  assert.equal(parseQuantity(2)?.nanos, 2_000_000_000n);
  assert.equal(parseQuantity(0.25)?.nanos, 250_000_000n);
});

const BAD = [
  '',
  ' ',
  '1 ',
  ' 1',
  'a',
  '1.2.3',
  '1kB',
  '1KiB',
  '1ki',
  '1K',
  '--1',
  '1-',
  '1e',
  '1e1.5',
  '0x10',
  '1_000',
  '.',
  '-',
  'Infinity',
  'NaN',
  '1e99999999999',
  '٣',
];

for (const text of BAD) {
  test(`parseQuantity refuses ${JSON.stringify(text)}`, () => {
    assert.equal(parseQuantity(text), undefined);
  });
}

test('parseQuantity caps what is too large, at no cost that grows with the exponent', () => {
  for (const text of ['1e999999999', '9223372036854775808', '100E', '9'.repeat(100_000), `${'9'.repeat(50)}Ei`])
    assert.equal(canonical(text)?.replace(/e\d+$/, ''), '9223372036854775807', text.slice(0, 20));
  assert.equal(canonical('-1e999999999'), '-9223372036854775807');
});

test('parseQuantity rounds what is too small away from zero', () => {
  assert.equal(parseQuantity('1e-999999999')?.nanos, 1n);
  assert.equal(parseQuantity('-1e-999999999')?.nanos, -1n);
  assert.equal(parseQuantity(`0.${'0'.repeat(100_000)}1`)?.nanos, 1n);
  assert.equal(parseQuantity('0e-999999999')?.nanos, 0n);
  assert.equal(parseQuantity('1.0000000001')?.nanos, 1_000_000_001n);
});

test('parseQuantity works on binary fractions exactly', () => {
  assert.equal(parseQuantity('0.1Ki')?.nanos, 102_400_000_000n);
  assert.equal(parseQuantity('1.000000000000000000000000000001Ki')?.nanos, 1_024_000_000_001n);
});

test('parseQuantity gives the same for a text that it knows', () => {
  for (let i = 0; i < 5000; i++) parseQuantity(`${i}m`);
  assert.equal(parseQuantity('100m')?.nanos, 100_000_000n);
  assert.equal(parseQuantity('nonsense'), undefined);
  assert.equal(parseQuantity('nonsense'), undefined);
});

test('compareQuantities compares amounts, not texts', () => {
  const compare = (a: string, b: string) => {
    const [x, y] = [parseQuantity(a), parseQuantity(b)];
    assert.ok(x !== undefined && y !== undefined);
    return Math.sign(compareQuantities(x, y));
  };
  assert.equal(compare('1', '1000m'), 0);
  assert.equal(compare('1Gi', '1G'), 1);
  assert.equal(compare('999m', '1'), -1);
  assert.equal(compare('-1', '0'), -1);
});

test('addQuantities and subtractQuantities keep the format of the first that is not zero', () => {
  const sum = (a: string, b: string) => {
    const [x, y] = [parseQuantity(a), parseQuantity(b)];
    assert.ok(x !== undefined && y !== undefined);
    return [formatQuantity(addQuantities(x, y)), formatQuantity(subtractQuantities(x, y))];
  };
  assert.deepEqual(sum('100m', '900m'), ['1', '-800m']);
  assert.deepEqual(sum('1Gi', '1Gi'), ['2Gi', '0']);
  assert.deepEqual(sum('0', '1Mi'), ['1Mi', '-1Mi']);
  assert.deepEqual(sum('0.1', '0.2'), ['300m', '-100m']);
});

test('unitsOf and millisOf round up', () => {
  const of = (text: string) => {
    const quantity = parseQuantity(text);
    assert.ok(quantity !== undefined);
    return [unitsOf(quantity), millisOf(quantity), isWholeQuantity(quantity), formatQuantity(roundUpToMilli(quantity))];
  };
  assert.deepEqual(of('1500m'), [2n, 1500n, false, '1500m']);
  assert.deepEqual(of('2'), [2n, 2000n, true, '2']);
  assert.deepEqual(of('1n'), [1n, 1n, false, '1m']);
  assert.deepEqual(of('-1n'), [0n, 0n, false, '-1m']);
  assert.deepEqual(of('100u'), [1n, 1n, false, '1m']);
});
