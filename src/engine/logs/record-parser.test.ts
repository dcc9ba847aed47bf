import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordParser } from './record-parser.ts';

const T = '2026-11-21T01:55:56.123456789+00:00';
const text = [
  `${T} stdout F first`,
  `${T} stderr P a long `,
  `${T} stdout F `,
  `${T} stderr F line`,
  `${T} stdout F:tag tagged`,
  '',
].join('\n');

function shapes(records: ReturnType<RecordParser['push']>) {
  return records.map(({ stream, partial, data }) => `${stream}${partial ? '+' : ''}:${data.toString()}`);
}

test('records are the same however the bytes are cut', () => {
  const expected = ['stdout:first\n', 'stderr+:a long ', 'stdout:\n', 'stderr:line\n', 'stdout:tagged\n'];
  const bytes = Buffer.from(text);
  for (const size of [1, 2, 3, 7, 50, bytes.length]) {
    const parser = new RecordParser();
    const records = [];
    for (let at = 0; at < bytes.length; at += size) records.push(...parser.push(bytes.subarray(at, at + size)));
    assert.deepEqual(shapes([...records, ...parser.flush()]), expected, `chunks of ${size}`);
  }
});

test('timestamps become UTC with nine digits', () => {
  const parser = new RecordParser();
  const lines = ['23:30:00.5+09:00', '23:30:00.123456789Z', '23:30:00.000000001-01:30'];
  const records = parser.push(Buffer.from(lines.map((time) => `2026-01-01T${time} stdout F x\n`).join('')));
  assert.deepEqual(
    records.map(({ timestamp }) => timestamp),
    ['2026-01-01T14:30:00.500000000Z', '2026-01-01T23:30:00.123456789Z', '2026-01-02T01:00:00.000000001Z'],
  );
});

test('bytes that are no text pass unchanged', () => {
  const data = Buffer.from([0, 255, 13, 9, 27, 0xc3, 0x28]);
  const [record] = new RecordParser().push(Buffer.concat([Buffer.from(`${T} stdout F `), data, Buffer.from('\n')]));
  assert.deepEqual(record?.data, Buffer.concat([data, Buffer.from('\n')]));
});

test('a torn last line is given when its header is whole, and nothing else of it', () => {
  for (const [torn, expected] of [
    [`${T} stdout F half a l`, ['stdout+:half a l']],
    [`${T} stdo`, []],
    ['2026-11-', []],
    ['', []],
  ] as const) {
    const parser = new RecordParser();
    assert.deepEqual(shapes(parser.push(Buffer.from(`${T} stderr F ok\n${torn}`))), ['stderr:ok\n']);
    assert.deepEqual(shapes(parser.flush()), expected);
    assert.deepEqual(parser.flush(), []);
  }
});

test('garbage between records is left out: zeros of a power failure, foreign lines, a line without end', () => {
  const parser = new RecordParser();
  const zeros = '\0'.repeat(5000);
  const garbage = `garbage\n\n${zeros}${T} stdout F after zeros\n${T} stdmid F x\n${T} stdout X y\n`;
  assert.deepEqual(shapes(parser.push(Buffer.from(garbage))), ['stdout:after zeros\n']);
  for (let i = 0; i < 40; i++) assert.deepEqual(parser.push(Buffer.alloc(64 * 1024, 'z')), []);
  assert.deepEqual(shapes(parser.push(Buffer.from(`end\n${T} stdout F next\n`))), ['stdout:next\n']);
});
