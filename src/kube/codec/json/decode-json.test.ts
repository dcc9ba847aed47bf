import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatusError } from '#kube/api';
import { cloneJson, decodeJson, encodeJson, isRawNumber } from '../mod.ts';

const refuse = (text: string, words: RegExp) =>
  assert.throws(
    () => decodeJson(text),
    (error) => isStatusError(error, 'BadRequest') && words.test(error.message),
    text.slice(0, 60),
  );

describe('decodeJson', () => {
  it('reads any JSON value as JSON.parse does', () => {
    const texts = ['{}', '[]', 'null', '1', '"a"', ' {"a" : [1, 2.5, -3e2, true, false, null, "x\\u00e9\\n"]} ', '""'];
    for (const text of texts) assert.deepEqual(decodeJson(text), { value: JSON.parse(text), duplicates: [] }, text);
  });

  it('reports duplicate keys by path, each once, and takes the last', () => {
    const { value, duplicates } = decodeJson(
      '{"spec":{"replicas":1,"replicas":2,"c":[{"a":1},{"a":1,"b":{},"a":2,"a":3}]},"spec2":{"x":{"y":1,"y":1}}}',
    );
    assert.deepEqual(duplicates, ['spec.replicas', 'spec.c[1].a', 'spec2.x.y']);
    assert.deepEqual(value, { spec: { replicas: 2, c: [{ a: 1 }, { a: 3, b: {} }] }, spec2: { x: { y: 1 } } });
  });

  it('sees duplicates that are spelled differently', () => {
    assert.deepEqual(decodeJson('{"ab":1,"\\u0061b":2}'), { value: { ab: 2 }, duplicates: ['ab'] });
  });

  it('is not misled by colons, quotes, digits and brackets within strings', () => {
    const value = { 'a:b': '"c": 12345678901234567890 {[', 'd\\': '\\\\"', e: ':::' };
    assert.deepEqual(decodeJson(JSON.stringify(value)), { value, duplicates: [] });
  });

  it('lists no more than a hundred duplicates', () => {
    const text = `{${Array.from({ length: 300 }, (_, n) => `"k${n}":1,"k${n}":2`).join(',')}}`;
    assert.equal(decodeJson(text).duplicates.length, 100);
  });

  it('keeps integers of 64 bits exactly and writes them back', () => {
    for (const number of ['9007199254740993', '-9007199254740993', '9223372036854775807', '-9223372036854775808']) {
      const { value } = decodeJson(`{"n":${number}}`);
      assert.ok(isRawNumber((value as { n: unknown }).n), number);
      assert.equal(encodeJson(value), `{"n":${number}}`);
    }
  });

  it('keeps what a double holds as a number, and takes larger integers for doubles', () => {
    const { value } = decodeJson('[9007199254740991, 12345678901234567890, 0.125, 1e21, 1000000000000000000000]');
    assert.deepEqual(value, [9007199254740991, 12345678901234567000, 0.125, 1e21, 1e21]);
  });

  it('refuses numbers that no double holds', () => {
    refuse('{"n":1e999}', /cannot unmarshal number 1e999/);
    assert.deepEqual(decodeJson('{"n":[1e3,1E-2]}').value, { n: [1000, 0.01] });
  });

  it('takes __proto__ for a key like any other, on both ways', () => {
    for (const text of [
      '{"__proto__":{"polluted":true},"a":1}',
      '{"__proto__":{"polluted":true},"a":9007199254740993}',
    ]) {
      const { value } = decodeJson(text);
      assert.equal(Object.getPrototypeOf(value), Object.prototype);
      assert.ok(Object.hasOwn(value as object, '__proto__'));
      assert.equal((value as { polluted?: unknown }).polluted, undefined);
      assert.equal(encodeJson(value), text);
    }
    assert.deepEqual(decodeJson('{"__proto__":1,"__proto__":2}').duplicates, ['__proto__']);
  });

  it('refuses what nests too deep, however it is spelled', () => {
    refuse('['.repeat(513) + ']'.repeat(513), /nests deeper than 512/);
    refuse('{"a":'.repeat(100_000), /nests deeper/);
    decodeJson('['.repeat(512) + ']'.repeat(512));
  });

  it('refuses what is no JSON with a 400', () => {
    for (const text of [
      '',
      '{',
      '{"a":1,}',
      '{a:1}',
      "{'a':1}",
      '[1 2]',
      '01',
      'NaN',
      '{"a":1}x',
      '"\n"',
      '{"a":1,"a":',
    ]) {
      refuse(text, /not JSON/);
    }
  });

  it('agrees with JSON.parse on random documents, and finds the duplicates put in them', () => {
    let seed = 42;
    const random = (n: number) => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed % n;
    };
    const make = (depth: number): unknown => {
      const kind = random(depth > 3 ? 4 : 6);
      if (kind < 4) return [random(1000) / 10, 'te"xt:\\', true, null][kind];
      if (kind === 4) return Array.from({ length: random(4) }, () => make(depth + 1));
      return Object.fromEntries(Array.from({ length: random(5) }, () => [`k${random(50)}`, make(depth + 1)]));
    };
    for (let round = 0; round < 300; round++) {
      const value = { a: make(0), b: make(0) };
      const text = JSON.stringify(value);
      assert.deepEqual(decodeJson(text), { value, duplicates: [] });
      assert.deepEqual(decodeJson(`{"b":0,${text.slice(1)}`), { value: { b: value.b, a: value.a }, duplicates: ['b'] });
    }
  });
});

describe('cloneJson', () => {
  it('copies deeply, with large integers and odd keys', () => {
    const text = '{"a":[{"b":9007199254740993}],"__proto__":{"x":1}}';
    const { value } = decodeJson(text);
    const copy = cloneJson(value) as { a: unknown[] };
    assert.equal(encodeJson(copy), text);
    copy.a.push(1);
    assert.equal(encodeJson(value), text);
  });

  it('shares the part that it is told to, and keeps the order of keys', () => {
    const value = { a: { b: [1] }, c: [{ d: 1 }], e: { f: 2 } };
    const copy = cloneJson(value, value.c);
    assert.equal(encodeJson(copy), encodeJson(value));
    assert.equal(copy.c, value.c);
    assert.notEqual(copy.a, value.a);
    assert.notEqual(copy.a.b, value.a.b);
  });
});
