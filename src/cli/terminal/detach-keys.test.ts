import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DetachScanner, parseDetachKeys } from './detach-keys.ts';

it('keys are letters and control characters', () => {
  assert.deepEqual([...parseDetachKeys('ctrl-p,ctrl-q')], [16, 17]);
  assert.deepEqual([...parseDetachKeys('a,ctrl-@,ctrl-[,ctrl-_')], [97, 0, 27, 31]);
  assert.throws(() => parseDetachKeys('ctrl-1'), /no key/);
  assert.throws(() => parseDetachKeys('shift-a'), /no key/);
});

it('the sequence is found in one piece, in several, and after a false start', () => {
  const type = (...chunks: string[]) => {
    const scanner = new DetachScanner(Buffer.from('ab'));
    let forwarded = '';
    for (const chunk of chunks) {
      const { forward, detached } = scanner.scan(Buffer.from(chunk));
      forwarded += forward;
      if (detached) return `${forwarded}|`;
    }
    return forwarded;
  };
  assert.equal(type('xxab'), 'xx|');
  assert.equal(type('a', 'b'), '|');
  assert.equal(type('aab'), 'a|');
  assert.equal(type('a', 'c', 'ab'), 'ac|');
  assert.equal(type('ba'), 'b');
});
