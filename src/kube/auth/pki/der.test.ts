import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bitFlags, element, integer, oid, oidText, readAll, readOne, time } from './der.ts';

test('oid and oidText agree on short, long and joint arcs', () => {
  for (const text of [
    '1.2.840.10045.2.1',
    '2.5.29.37.0',
    '2.16.840.1.113730.4.1',
    '1.3.6.1.4.1.311.10.3.3',
    '0.9.2342',
    '2.999.3',
  ]) {
    assert.equal(oidText(readOne(oid(text))), text);
  }
  assert.equal(oid('1.2.840.113549.1.1.11').toString('hex'), '06092a864886f70d01010b');
});

test('integer is minimal and stays positive', () => {
  assert.equal(integer(Uint8Array.of(0, 0, 5)).toString('hex'), '020105');
  assert.equal(integer(Uint8Array.of(0x80)).toString('hex'), '02020080');
  assert.equal(integer(Uint8Array.of(0)).toString('hex'), '020100');
});

test('element writes long lengths', () => {
  for (const length of [0, 127, 128, 255, 256, 65_536]) {
    assert.equal(readOne(element(4, Buffer.alloc(length))).content.length, length);
  }
});

test('bitFlags leaves trailing zeros out', () => {
  assert.equal(bitFlags([0, 2]).toString('hex'), '030205a0');
  assert.equal(bitFlags([5, 6]).toString('hex'), '03020106');
  assert.equal(bitFlags([8]).toString('hex'), '0303070080');
});

test('time is UTCTime until 2049', () => {
  assert.equal(
    time(Date.UTC(2049, 11, 31, 23, 59, 59))
      .toString('latin1')
      .slice(2),
    '491231235959Z',
  );
  assert.equal(
    time(Date.UTC(2050, 0, 1))
      .toString('latin1')
      .slice(2),
    '20500101000000Z',
  );
});

test('readAll refuses lengths that lie, indefinite lengths and floods', () => {
  for (const hex of ['30', '3005', '3080', '30840fffffff', '3085ffffffffff', '1f8101']) {
    assert.throws(() => readAll(Buffer.from(hex, 'hex')), /not DER/, hex);
  }
  assert.throws(() => readAll(Buffer.alloc(10_000)), /not DER/);
});
