import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatusError } from '#kube/api';
import { decodeYaml, encodeJson, encodeYaml } from '../mod.ts';
import { YamlThread } from './yaml-thread.ts';

const read = async (text: string) => (await decodeYaml(text)).value;
const refuse = (text: string, words: RegExp) =>
  assert.rejects(
    decodeYaml(text),
    (error) => isStatusError(error, 'BadRequest') && words.test(error.message),
    text.slice(0, 60),
  );

describe('decodeYaml', () => {
  it('reads a manifest', async () => {
    const text =
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a # comment\nspec:\n  containers:\n  - name: "c"\n    args: [x, z]\n';
    assert.deepEqual(await read(text), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
      spec: { containers: [{ name: 'c', args: ['x', 'z'] }] },
    });
  });

  it('takes plain scalars as Go’s YAML library does', async () => {
    const cases: [string, unknown][] = [
      ['yes', true],
      ['Yes', true],
      ['on', true],
      ['y', true],
      ['True', true],
      ['no', false],
      ['OFF', false],
      ['n', false],
      ['yEs', 'yEs'],
      ['"yes"', 'yes'],
      ['~', null],
      ['', null],
      ['null', null],
      ['NULL', null],
      ['nulL', 'nulL'],
      ['0777', 511],
      ['0o17', 15],
      ['0x1F', 31],
      ['0b101', 5],
      ['-0x10', -16],
      ['1_000', 1000],
      ['+5', 5],
      ['089', 89],
      ['1.5', 1.5],
      ['.5', 0.5],
      ['1e3', 1000],
      ['1.', 1],
      ['1:30', '1:30'],
      ['2021-01-01', '2021-01-01'],
      ['1.2.3', '1.2.3'],
      ['"1"', '1'],
      ['0.0.0.0', '0.0.0.0'],
      ['-', [null]],
      ['1Gi', '1Gi'],
      ['100m', '100m'],
    ];
    for (const [text, value] of cases) {
      assert.deepEqual(await read(text === '-' ? 'a:\n-' : `a: ${text}\n`), { a: value }, text);
    }
  });

  it('keeps integers of 64 bits exactly', async () => {
    assert.equal(
      encodeJson(await read('a: 9007199254740993\nb: -9223372036854775808')),
      '{"a":9007199254740993,"b":-9223372036854775808}',
    );
  });

  it('reads JSON too, in which numbers stay exact and duplicates are found', async () => {
    assert.deepEqual(await decodeYaml(' {"a":1,"a":2}'), { value: { a: 2 }, duplicates: ['a'] });
    assert.deepEqual(await read('{a: 1, b: [yes]}'), { a: 1, b: [true] });
  });

  it('reports duplicate keys by path', async () => {
    const { value, duplicates } = await decodeYaml('a:\n  b: 1\n  b: 2\nl:\n- x: 1\n  x: 2\n');
    assert.deepEqual(duplicates, ['a.b', 'l[0].x']);
    assert.deepEqual(value, { a: { b: 2 }, l: [{ x: 2 }] });
  });

  it('turns keys into strings', async () => {
    assert.deepEqual(await read('1: a\ntrue: b\nx: c'), { 1: 'a', true: 'b', x: 'c' });
    await refuse('? [a]\n: b', /key is a list/);
  });

  it('expands anchors, aliases and merge keys', async () => {
    assert.deepEqual(await read('a: &x {p: 1, q: 2}\nb: *x\nc:\n  <<: *x\n  q: 3\nd:\n  <<: [{r: 1}, *x]\n'), {
      a: { p: 1, q: 2 },
      b: { p: 1, q: 2 },
      c: { p: 1, q: 3 },
      d: { p: 1, q: 2, r: 1 },
    });
    await refuse('a: *nowhere', /nowhere/);
  });

  it('refuses alias bombs quickly', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `l${n + 1}: &l${n + 1} [${Array(10).fill(`*l${n}`).join(', ')}]`,
    );
    await refuse(`l0: &l0 [a]\n${levels.join('\n')}\n`, /excessive aliasing/);
  });

  it('refuses long texts that are named again and again', async () => {
    await refuse(`a: &a ${'x'.repeat(10_000)}\nl: [${Array(5000).fill('*a').join(', ')}]\n`, /excessive aliasing/);
  });

  it('refuses a document that contains itself', async () => {
    await refuse('a: &x [*x]', /nests deeper|excessive aliasing|anchor/);
  });

  it('refuses what nests too deep', async () => {
    await refuse(`a: ${'['.repeat(600)}${']'.repeat(600)}`, /nests/);
    await refuse(`a: ${'['.repeat(100_000)}`, /nests|flow/i);
  });

  it('takes __proto__ for a key like any other', async () => {
    const value = (await read('__proto__:\n  polluted: true\na: {__proto__: 1}\n')) as Record<string, unknown>;
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal(encodeJson(value), '{"__proto__":{"polluted":true},"a":{"__proto__":1}}');
  });

  it('refuses several documents, and what is no YAML', async () => {
    await refuse('a: 1\n---\nb: 2\n', /several documents/);
    await refuse('a: [1', /yaml/);
    await refuse('a: b: c', /yaml/);
    await refuse('\tx: 1', /yaml/);
    await refuse('n: 1e999', /number/);
    assert.equal(await read(''), null);
    assert.equal(await read('# nothing\n'), null);
  });

  it('reads long ones, one after the other, and keeps what it finds in them', async () => {
    const item = (at: number) => `- name: item ${at}\n  big: 9007199254740993\n  text: |\n    line\n\n    line\n`;
    const long = (count: number) => `items:\n${Array.from({ length: count }, (_, at) => item(at)).join('')}`;
    const [first, second, wrong] = await Promise.allSettled([
      decodeYaml(`${long(1000)}twice: 1\ntwice: 2\n`),
      decodeYaml(long(500)),
      decodeYaml(`${long(500)}a: b: c`),
    ]);
    assert.ok(first.status === 'fulfilled' && second.status === 'fulfilled' && wrong.status === 'rejected');
    const { items } = first.value.value as { items: { text: string }[] };
    assert.deepEqual(first.value.duplicates, ['twice']);
    assert.deepEqual([items.length, items[999]?.text], [1000, 'line\n\nline\n']);
    assert.match(encodeJson(items[0]), /"big":9007199254740993,/);
    assert.equal((second.value.value as { items: [] }).items.length, 500);
    assert.ok(isStatusError(wrong.reason, 'BadRequest') && /yaml/.test(wrong.reason.message));
  });

  it('lets others have their turn while it reads a long one', async () => {
    let turns = 0;
    const count = () => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    await decodeYaml(`l:\n${'- {a: 1, b: [x, y]}\n'.repeat(20_000)}`);
    clearImmediate(timer);
    assert.ok(turns > 100, `${turns} turns`);
  });
});

describe('encodeYaml', () => {
  it('writes what reads the same, short or long', async () => {
    const texts = [
      '  a\n\nb  \n',
      'yes',
      'n',
      'Off',
      '0777',
      '0o17',
      '0b1',
      '1_000',
      '1:30',
      '.5',
      '~',
      'null',
      '2021-01-01',
      '<<',
      '=',
    ];
    const odd = {
      texts,
      yes: 'y',
      '0777': '',
      null: null,
      on: [true, 1.5, -7, {}, []],
      '- #': ' : ',
      é: '\u0000\u2028',
    };
    for (const count of [1, 2000]) {
      const value = { items: Array.from({ length: count }, (_, at) => ({ ...odd, at })) };
      assert.deepEqual((await decodeYaml(await encodeYaml(value))).value, value);
    }
  });
});

describe('YamlThread', () => {
  it('gives up what takes too long, and goes on with the next', async () => {
    const thread = new YamlThread(1500);
    const slow = thread.decode(`l:\n${'- {a: 1, b: [x, y]}\n'.repeat(150_000)}`);
    const next = thread.decode('a: 1');
    await assert.rejects(slow, (error) => isStatusError(error, 'BadRequest') && /too long to read/.test(error.message));
    assert.deepEqual((await next).value, { a: 1 });
  });
});
