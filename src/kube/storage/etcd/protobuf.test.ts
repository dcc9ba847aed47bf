import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, fields, message, toNumber, varint } from './protobuf.ts';

const read = (...parts: Buffer[]) => [...fields(Buffer.concat(parts))];

test('fields reads what varint, bytes and message write', () => {
  const long = 'x'.repeat(300);
  const found = read(
    varint(1, 5),
    varint(2, 2 ** 52 + 1),
    varint(3, -1),
    bytes(4, long),
    message(64, ''),
    varint(5, 0),
  );
  assert.deepEqual(
    found.map((field) => field.bytes?.toString() ?? toNumber(field)),
    [5, 2 ** 52 + 1, -1, long, ''],
  );
  assert.equal(found.at(-1)?.number, 64);
});

test('varint is encoded as the specification says', () => {
  assert.deepEqual([...varint(1, 150)], [0x08, 0x96, 0x01]);
  assert.deepEqual([...bytes(2, 'testing')], [0x12, 0x07, ...Buffer.from('testing')]);
});

test('fields refuses what is cut off, endless or of unknown types', () => {
  for (const wrong of [
    [0x08],
    [0x12, 5, 1],
    [0x08, ...Array(11).fill(0xff)],
    [0x0b],
    [0x12, 0xff, 0xff, 0xff, 0xff, 0x7f],
  ]) {
    assert.throws(() => [...fields(Buffer.from(wrong))], RangeError, String(wrong));
  }
});

test('toNumber refuses integers that a number cannot hold', () => {
  const [field] = read(varint(1, 2n ** 60n));
  assert.ok(field !== undefined);
  assert.throws(() => toNumber(field), RangeError);
});

test('fields skips fixed-size fields', () => {
  const fixed = Buffer.from([0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4]);
  assert.deepEqual(read(fixed, varint(3, 7)).map(toNumber), [7]);
});
