import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHakoError } from '#base';
import { parseLogConfig, requireReadable } from './mod.ts';

test('logs are bounded by default', () => {
  const expected = { driver: 'json-file', maxBytes: 10 * 1024 * 1024, maxFiles: 3 };
  assert.deepEqual(parseLogConfig(undefined), expected);
  assert.deepEqual(parseLogConfig({ Type: '', Config: {} }), expected);
  assert.deepEqual(parseLogConfig({ Type: 'local', Config: {} }), { ...expected, driver: 'local' });
});

test('sizes have decimal units, as in Docker', () => {
  const sizes: [string, number][] = [
    ['10m', 10_000_000],
    ['10M', 10_000_000],
    ['1.5k', 1500],
    ['512', 512],
    ['2 GB', 2_000_000_000],
    ['-1', Number.POSITIVE_INFINITY],
  ];
  for (const [text, bytes] of sizes) {
    assert.equal(parseLogConfig({ Type: 'json-file', Config: { 'max-size': text } }).maxBytes, bytes, text);
  }
});

test('bad options are refused in the words of Docker', () => {
  const refusals: [string, Record<string, string>, RegExp][] = [
    ['syslog', {}, /^error looking up logging plugin syslog: plugin "syslog" not found/],
    ['json-file', { foo: '1' }, /^unknown log opt 'foo' for json-file log driver$/],
    ['local', { foo: '1' }, /^unknown log opt 'foo' for log driver local$/],
    ['journald', { 'max-size': '1m' }, /^unknown log opt 'max-size' for journald log driver$/],
    ['json-file', { 'max-size': 'big' }, /invalid size: 'big'/],
    ['json-file', { 'max-size': '-5m' }, /invalid size: '-5m'/],
    ['json-file', { 'max-size': '0' }, /must be a positive number/],
    ['json-file', { 'max-file': '0' }, /^max-file cannot be less than 1$/],
    ['json-file', { 'max-file': '1.5' }, /max-file/],
    ['json-file', { 'max-file': '100000' }, /max-file/],
    ['json-file', { compress: 'yes' }, /strconv\.ParseBool/],
    ['json-file', { compress: 'true', 'max-file': '1' }, /^compress cannot be true/],
    ['json-file', { mode: 'fast' }, /^logger: logging mode not supported: fast$/],
    ['none', { mode: 'blocking', 'max-buffer-size': '1m' }, /only supported with 'mode=non-blocking'/],
  ];
  for (const [type, options, words] of refusals) {
    assert.throws(
      () => parseLogConfig({ Type: type, Config: options }),
      (error) => isHakoError(error, 'invalid') && words.test(error.message),
      `${type} ${JSON.stringify(options)}`,
    );
  }
  assert.equal(parseLogConfig({ Type: 'none', Config: { anything: 'goes' } }).maxBytes, Number.POSITIVE_INFINITY);
  parseLogConfig({ Type: 'json-file', Config: { mode: 'non-blocking', 'max-buffer-size': '4m', labels: 'a' } });
});

test('logs of none cannot be read', () => {
  assert.throws(
    () => requireReadable('none'),
    (error) => isHakoError(error, 'unsupported') && /does not support reading/.test(error.message),
  );
  requireReadable('local');
});
