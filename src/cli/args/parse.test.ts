import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UsageError } from '../errors.ts';
import { integer, list, text, toggle } from './flags.ts';
import { parseFlags } from './parse.ts';

const flags = {
  detach: toggle('d', ''),
  interactive: toggle('i', ''),
  tty: toggle('t', ''),
  'sig-proxy': toggle('', '', true),
  publish: list('p', 'PORT', ''),
  name: text('', 'NAME', ''),
  timeout: integer('T', 'SECONDS', ''),
};

function parse(...argv: string[]) {
  return parseFlags(flags, argv, false);
}

describe('parseFlags', () => {
  it('reads clusters of letters, the last with its value', () => {
    const { values, args } = parse('-dit', '-p8080:80', '-p', '81:81', '-itp=82', 'image');
    assert.deepEqual([values.detach, values.interactive, values.tty], [true, true, true]);
    assert.deepEqual(values.publish, ['8080:80', '81:81', '82']);
    assert.deepEqual(args, ['image']);
  });

  it('reads long flags with = and with the next word', () => {
    const { values, given } = parse('--name=a=b', '--timeout', '-1', '--sig-proxy=false', '--detach=TRUE');
    assert.equal(values.name, 'a=b');
    assert.equal(values.timeout, -1);
    assert.equal(values['sig-proxy'], false);
    assert.equal(values.detach, true);
    assert.deepEqual([...given].sort(), ['detach', 'name', 'sig-proxy', 'timeout']);
  });

  it('leaves what follows the first argument to the container', () => {
    assert.deepEqual(parse('image', 'sh', '-c', '--name').args, ['image', 'sh', '-c', '--name']);
    assert.deepEqual(parse('--', '-d').args, ['-d']);
    assert.deepEqual(parse('-').args, ['-']);
  });

  it('finds flags between arguments where they may stand there', () => {
    const { values, args } = parseFlags(flags, ['a', '-d', 'b', '--', '-t'], true);
    assert.deepEqual(args, ['a', 'b', '-t']);
    assert.equal(values.detach, true);
    assert.equal(values.tty, false);
  });

  it('keeps defaults', () => {
    const { values } = parse();
    assert.deepEqual(
      { ...values },
      {
        detach: false,
        interactive: false,
        tty: false,
        'sig-proxy': true,
        publish: [],
        name: '',
        timeout: undefined,
      },
    );
  });

  for (const [argv, message] of [
    [['--nmae=x'], /unknown flag: --nmae/],
    [['-dx'], /unknown flag: -x \(in -dx/],
    [['--name'], /--name needs a value/],
    [['-p'], /-p needs a value/],
    [['--detach=maybe'], /--detach: "maybe" is neither true nor false/],
    [['--timeout', '1.5'], /"1.5" is not a whole number/],
    [['--constructor'], /unknown flag: --constructor/],
    [['--__proto__=1'], /unknown flag: --__proto__/],
  ] as const) {
    it(`refuses ${argv.join(' ')}`, () => {
      assert.throws(
        () => parse(...argv),
        (error: unknown) => error instanceof UsageError && message.test(error.message),
      );
    });
  }
});
