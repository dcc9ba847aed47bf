import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linearRegex } from './linear-regex.ts';
import { programSize } from './program-size.ts';

describe('linearRegex', () => {
  it('reads the syntax of RE2', () => {
    assert.ok(linearRegex('(?i)^ab\\z').test('AB'));
    assert.ok(linearRegex('^[[:alpha:]]+$').test('abc'));
    assert.ok(linearRegex('^\\pL$').test('é'));
    assert.deepEqual(linearRegex('\\d').findAll('1a2b3', 2), ['1', '2']);
    assert.throws(() => linearRegex('(?=a)'), /invalid or unsupported Perl syntax/);
    assert.throws(() => linearRegex('(a'), /missing closing \)/);
    assert.throws(() => linearRegex('a\\1'), /invalid escape sequence/);
  });

  it('takes linear time whatever the pattern', () => {
    for (const pattern of ['^(a+)+$', '(x+x+)+y', '^(([a-z])+.)+[A-Z]([a-z])+$', '(.*)(.*)(.*)(.*)[^a]b']) {
      assert.equal(linearRegex(pattern).test('a'.repeat(50_000)), pattern === '^(a+)+$');
    }
  });

  it('refuses patterns that would take long to compile', () => {
    const patterns = [
      `(${'x'.repeat(990)}){1000}`,
      `(?:${'\\pL'.repeat(300)}){1,900}`,
      '[[:word:]]{1,999}x{1,999}'.repeat(50),
      'a'.repeat(20_000),
    ];
    for (const pattern of patterns) assert.throws(() => linearRegex(pattern), /expression too large/);
  });
});

describe('programSize', () => {
  const sizes: [string, number][] = [
    ['abc', 3],
    ['[a-z0-9]{1,63}', 63],
    ['(ab){100}', 200],
    ['((ab){10}c){5}', 105],
    ['\\.{3}[\\]x]{2}', 5],
    ['a{2,}', 2],
    ['^(?:[0-9]{1,3}\\.){3}[0-9]{1,3}$', 19],
  ];
  for (const [pattern, size] of sizes) {
    it(`counts ${pattern}`, () => assert.ok(Math.abs(programSize(pattern) - size) <= 8, String(programSize(pattern))));
  }
});
